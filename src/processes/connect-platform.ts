import { lazyDuckdb } from '../adapters/engines/duckdb/index.ts'
import { resolveConfig, type Config } from '../core/config.ts'
import { SettableClock } from '../core/clock.ts'
import { COMPONENTS } from '../core/components.ts'
import { SlipwayError } from '../core/errors.ts'
import { openLog, type Log } from '../core/log.ts'
import { readConfigFile } from '../foundation.ts'
import { joinMetadata, readClock } from '../metadata/index.ts'
import type { Platform } from '../platform.ts'
import { openBlobStore, openDatabase, readHomePaths } from '../store/index.ts'
import { readProcess } from './directory.ts'
import { openLinks } from './open-links.ts'
import { assemble, ledgerOf, sealingOf } from './parts.ts'

/** True where components of this home run in processes of their own. */
export function runsInProcesses(home: string): boolean {
  try {
    const paths = readHomePaths(home)
    return COMPONENTS.some(component => readProcess(paths, component) !== null)
  } catch { return false }
}

/**
 * The platform over a home whose components run in processes of their own: the same face as `openPlatform` gives. Its clock is this process's; the others
 * follow it with each call.
 * @throws SlipwayError `not_found` without a home; `unreachable` when the process of metadata does not come in time.
 */
export async function connectPlatform(options: { home: string; config?: Config; log?: Log; /** How long the process of metadata is waited for, ms; default a minute. */ wait?: number }): Promise<Platform> {
  const paths = readHomePaths(options.home)
  const config = options.config ?? resolveConfig({ file: await readConfigFile(paths.config), env: process.env }).config
  const log = options.log ?? openLog({ level: config.log.level })
  const clock = new SettableClock()
  const links = openLinks(paths, clock, log)
  await links.metadata.connect(options.wait ?? 60_000)
  const [database, blobs, engine] = [await openDatabase(paths.database), await openBlobStore(paths.blobs), lazyDuckdb(config.engine)]
  try {
    const metadata = await joinMetadata({ paths, database, blobs, ledger: ledgerOf(links), sealing: sealingOf(links), clock, config, log })
    clock.adopt({ version: 0, frozen: null, offset: await readClock(metadata) })
    return assemble({
      paths, config, log, clock, engine, blobs, links, own: { metadata },
      async close() {
        for (const link of Object.values(links)) link.close()
        await metadata.close()
        await engine.close()
        await database.close()
      },
    })
  } catch (error) {
    await database.close()
    throw error instanceof SlipwayError ? error : new SlipwayError('internal', 'The platform could not be connected.', { cause: error })
  }
}
