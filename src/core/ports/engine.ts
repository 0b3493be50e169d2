import type { Table } from '../table.ts'
import type { Value } from '../schema.ts'

/** An analytical SQL engine with Parquet. One interface, the built-in behind the same door as any other. */
export interface Engine {
  readonly dialect: 'duckdb'
  /** A session of its own: temporary tables live and die with it. */
  connect(): Promise<EngineSession>
  close(): Promise<void>
}

export interface EngineSession {
  run(sql: string, params?: Value[]): Promise<void>
  /** Integers narrower than 64 bits come as int64, FLOAT and DECIMAL as float64, DATE and TIMESTAMP[TZ] as timestamp, HUGEINT is refused. */
  query(sql: string, params?: Value[]): Promise<Table>
  /** Creates the (temporary) table `name` with these rows; timestamps become TIMESTAMPTZ. */
  load(name: string, table: Table): Promise<void>
  close(): Promise<void>
}
