import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SlipwayError } from '../core/errors.ts'
import { openHome } from '../platform.ts'
import { isHome } from './settings.ts'

/** What a home is made of. Anything else in the folder is somebody's, and stays. */
const PARTS = ['slipway.db', 'slipway.db-wal', 'slipway.db-shm', 'journal', 'segments', 'blobs', 'ledger', 'checkpoints', 'state', 'keys', 'releases', 'local.token', 'server.json', 'processes', 'tour.json']

/**
 * Removes what a home holds; its configuration stays.
 * @throws SlipwayError `home_in_use` while a process owns it; `usage` when the folder is no home.
 */
export async function clearHome(dir: string): Promise<void> {
  if (!existsSync(dir) || readdirSync(dir).length === 0) return
  if (!isHome(dir)) throw new SlipwayError('usage', `${dir} is not a Slipway home, so --fresh removes nothing there.`, { remedy: 'Name a home, or an empty folder, with --home.' })
  const home = openHome(dir)
  try { for (const part of PARTS) rmSync(join(dir, part), { recursive: true, force: true }) } finally { home.close() }
}
