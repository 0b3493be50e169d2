// The door of the DuckDB engine.
import '../../../core/runtime.ts'

export { openDuckdb } from './duckdb.ts'
