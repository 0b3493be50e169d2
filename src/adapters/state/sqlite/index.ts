// The door of online state in SQLite.
import '../../../core/runtime.ts'

export { openSqliteState } from './sqlite-state.ts'
