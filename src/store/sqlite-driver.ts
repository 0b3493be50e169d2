import type { DatabaseSync } from 'node:sqlite'

// A static import would fail while modules are linked, before the runtime check of the door could say that this Node is too old.
const driver = process.getBuiltinModule('node:sqlite')

/** Opens a connection of the SQLite that Node.js brings along. */
export function connectSqlite(file: string, options: { readOnly?: boolean; /** Milliseconds to wait for a lock. */ timeout: number }): DatabaseSync {
  return new driver.DatabaseSync(file, options)
}
