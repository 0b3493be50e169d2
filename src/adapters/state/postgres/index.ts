// The door of online state in PostgreSQL.
import '../../../core/runtime.ts'

export { openPostgresState } from './postgres-state.ts'
