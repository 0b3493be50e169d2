// The door of the DuckDB engine. The engine is loaded when it is first opened: most processes never need it, and none needs it to answer.
import '../../../core/runtime.ts'
import type { Engine } from '../../../core/ports/engine.ts'

interface EngineOptions { memory?: string; threads?: number }

/**
 * Opens an in-memory DuckDB that spills to a folder of its own under the system's temporary folder, removed at `close`.
 * @param options `memory` such as '2GB' (default), `threads` (default 2)
 * @throws SlipwayError `invalid_config` when it cannot be opened with them.
 */
export async function openDuckdb(options: EngineOptions = {}): Promise<Engine> {
  return (await import('./duckdb.ts')).openDuckdb(options)
}

/** An engine that is opened when somebody first connects. What is wrong with its settings is told then, and tried again by the next one. */
export function lazyDuckdb(options: EngineOptions): Engine {
  let opened: Promise<Engine> | null = null
  const open = (): Promise<Engine> => opened ??= openDuckdb(options).catch((error: unknown) => {
    opened = null
    throw error
  })
  return {
    dialect: 'duckdb',
    connect: async () => (await open()).connect(),
    close: async () => { await (await opened)?.close() },
  }
}
