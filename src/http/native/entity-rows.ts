// Entity rows as they come over the wire: a file, put aside as it arrives, or JSON.
import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SlipwayError } from '../../core/errors.ts'
import type { GivenRows } from '../../data/index.ts'
import { readArrow } from '../arrow/read-arrow.ts'

export const PARQUET = 'application/vnd.apache.parquet'
export const ARROW = 'application/vnd.apache.arrow.stream'
export const CSV = 'text/csv'

/** Types of bodies that are read as they come. */
export const STREAMED = [PARQUET, ARROW, CSV]

/** Received rows; `discard` removes the file that they may lie in. */
export interface Received { rows: GivenRows; discard(): Promise<void> }

/**
 * @param body what the parser of the content type left: a stream for the streamed types, parsed JSON else
 * @throws SlipwayError `body_too_large` beyond `limit` bytes, `request_timeout` when nothing comes for `seconds`; `invalid_request`, `wrong_type`.
 */
export async function receiveRows(type: string, body: unknown, { limit, seconds }: { limit: number; seconds: number }): Promise<Received> {
  if (!STREAMED.includes(type)) {
    const listed = typeof body === 'object' && body !== null && !Array.isArray(body)
    if (listed && Object.keys(body).some(key => key !== 'rows')) throw new SlipwayError('invalid_request', 'JSON rows are a list of objects, or {"rows": [...]} and nothing beside it; what is asked for is in the address.', { faults: [{ path: '', message: 'must be a list, or have rows alone' }] })
    return { rows: { records: listed ? (body as { rows?: unknown }).rows : body }, discard: async () => {} }
  }
  const folder = await mkdtemp(join(tmpdir(), 'slipway-rows-'))
  const discard = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const path = join(folder, 'rows')
    if (await save(body as Readable, path, limit, seconds) === 0) throw new SlipwayError('invalid_request', 'There is no body: the rows are missing.', { faults: [{ path: 'rows', message: 'are missing' }] })
    if (type !== ARROW) return { rows: { path, format: type === CSV ? 'csv' : 'parquet' }, discard }
    const table = await readArrow(await readFile(path))
    await discard()
    return { rows: { table }, discard }
  } catch (error) {
    await discard()
    throw error
  }
}

async function save(body: Readable, path: string, limit: number, seconds: number): Promise<number> {
  let bytes = 0
  let timer: NodeJS.Timeout | undefined
  const late = (): void => { clearTimeout(timer); timer = setTimeout(() => { counted.destroy(new SlipwayError('request_timeout', `Nothing of the body came for ${seconds} s.`)) }, seconds * 1_000) }
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      late()
      done(bytes > limit ? new SlipwayError('body_too_large', `The rows have more than ${limit} bytes, and that is the limit.`, { remedy: 'Send them in parts, or raise server.rowsLimit.' }) : null, chunk)
    },
  })
  late()
  try { await pipeline(body, counted, createWriteStream(path)) } catch (error) {
    if (error instanceof SlipwayError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new SlipwayError('storage_full', 'The disk is full: the rows could not be put aside.', { cause: error })
    throw new SlipwayError('invalid_request', 'The body ended before it was whole.', { cause: error })
  } finally { clearTimeout(timer) }
  return bytes
}
