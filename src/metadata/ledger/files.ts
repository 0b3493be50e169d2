import { readFile } from 'node:fs/promises'

export function isMissing(error: unknown): boolean { return (error as NodeJS.ErrnoException)?.code === 'ENOENT' }

/** The text of a file, or null when there is none. */
export async function readTextOrNull(path: string): Promise<string | null> {
  try { return await readFile(path, 'utf8') } catch (error) { if (isMissing(error)) return null; throw error }
}

/** The bytes of a file, or null when there is none. */
export async function readBytesOrNull(path: string): Promise<Buffer | null> {
  try { return await readFile(path) } catch (error) { if (isMissing(error)) return null; throw error }
}
