import type { Log } from '../../core/log.ts'
import type { StateBackend } from '../../core/ports/state-backend.ts'
import { openSqliteState } from './sqlite/index.ts'

export interface StateOptions {
  /** HOME/state. */
  folder: string
  log: Log
}

/** Opens the place in which online state is kept. @throws SlipwayError `storage_full`. */
export async function openState({ folder, log }: StateOptions): Promise<StateBackend> {
  return openSqliteState(folder, log)
}
