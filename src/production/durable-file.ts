import { mkdir, open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { SlipwayError } from '../core/errors.ts'

/**
 * Writes a whole file so that after a crash there is either nothing, the old file or the new one.
 * @throws SlipwayError `storage_full`.
 */
export async function writeDurable(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path)
  const temporary = join(folder, `.${basename(path)}.tmp`)
  try {
    await mkdir(folder, { recursive: true })
    const file = await open(temporary, 'w')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally { await file.close() }
    await rename(temporary, path)
    await syncFolder(folder)
    await syncFolder(dirname(folder))
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new SlipwayError('storage_full', `There is no space for ${basename(path)}.`, { cause: error })
    throw error
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try { await folder.sync() } finally { await folder.close() }
}
