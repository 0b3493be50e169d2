import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../../core/log.ts'
import type { StateBackend } from '../../core/ports/state-backend.ts'
import { OwnerFile } from './owner-file.ts'
import { StateKeeper } from './state-keeper.ts'

/** Files of an earlier format: what is in them is made from the journal. */
const SNAPSHOT = /^features-\d+\.bin$/

/** @param folder HOME/state */
export async function openKeeper(folder: string, open: () => Promise<StateBackend>, log: Log): Promise<StateKeeper> {
  for (const name of await readdir(folder).catch(() => [])) if (SNAPSHOT.test(name)) await rm(join(folder, name), { force: true })
  const owner = await OwnerFile.open(folder)
  return new StateKeeper(await open(), owner, log)
}
