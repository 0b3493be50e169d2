import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SlipwayError } from '../core/errors.ts'

/**
 * Writes a reply to a file, by way of FILE.part, which goes when the bytes do not all come. Returns how many.
 * @param expected bytes, where the reply said so
 * @throws SlipwayError `usage` for a file that cannot be written, `storage_full`, `unreachable`.
 */
export async function saveReply(path: string, body: NodeJS.ReadableStream, expected: number | null, progress: (text: string) => void): Promise<number> {
  let bytes = 0
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      progress(`writing rows … ${(bytes / 1e6).toFixed(1)} MB`)
      done(null, chunk)
    },
  })
  const part = `${path}.part`
  try {
    await pipeline(body, counted, createWriteStream(part))
    if (expected !== null && bytes !== expected) throw new SlipwayError('unreachable', `Only ${bytes} of ${expected} bytes came.`)
    await rename(part, path)
  } catch (cause) {
    await rm(part, { force: true })
    if (cause instanceof SlipwayError) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOSPC') throw new SlipwayError('storage_full', `${path} could not be written: ${message}.`, { cause })
    if (['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'EROFS'].includes(code ?? '')) throw new SlipwayError('usage', `${path} cannot be written: ${message}.`, { cause })
    throw new SlipwayError('unreachable', `The rows did not all come: ${message}.`, { cause })
  }
  return bytes
}
