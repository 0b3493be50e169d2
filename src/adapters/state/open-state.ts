import type { Config } from '../../core/config.ts'
import type { Log } from '../../core/log.ts'
import type { StateBackend } from '../../core/ports/state-backend.ts'
import { openPostgresState } from './postgres/index.ts'
import { openRedisState } from './redis/index.ts'
import { openSqliteState } from './sqlite/index.ts'

export interface StateOptions {
  config: Pick<Config, 'features'>
  /** HOME/state. */
  folder: string
  /** The name of the home, which what it keeps on a server carries: several homes may share one. */
  homeId(): Promise<string>
  log: Log
}

/** Opens the place in which the configuration says that online state is kept. @throws SlipwayError `unreachable`, `invalid_config`, `storage_full`. */
export async function openState({ config: { features }, folder, homeId, log }: StateOptions): Promise<StateBackend> {
  switch (features.state) {
    case 'sqlite': return openSqliteState(folder, log)
    case 'redis': return openRedisState(features.stateUrl, await homeId(), log)
    case 'postgres': return openPostgresState(features.stateUrl, await homeId())
  }
}
