// What a file is by its bytes, and its text by pieces whatever its encoding.
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { createGunzip } from 'node:zlib'
import { SlipwayError } from '../../core/errors.ts'

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

const HEAD = 1 << 16
const REMEDY = 'Name a CSV (.csv, .tsv, .txt, also .gz) or a Parquet file.'

/** @throws SlipwayError `not_found`, or `invalid_request` for a file that is no table and says what it is instead. */
export async function identifyFile(path: string): Promise<'parquet' | 'text'> {
  const found = await stat(path).catch((cause: unknown) => { throw new SlipwayError('not_found', `There is no file ${path}.`, { cause, remedy: REMEDY }) })
  const name = basename(path)
  const refuse = (what: string): SlipwayError => new SlipwayError('invalid_request', `${name} ${what}.`, { remedy: REMEDY })
  if (!found.isFile()) throw refuse('is not a file')
  if (found.size === 0) throw refuse('is empty')
  const head = await readHead(path)
  const text = head.toString('latin1')
  if (text.startsWith('PAR1')) return 'parquet'
  if (text.startsWith('\u001f\u008b')) return 'text'
  if (text.startsWith('PK\u0003\u0004')) throw refuse('is a zip archive or an Excel workbook; save its sheet as CSV')
  if (text.startsWith('\u00d0\u00cf\u0011\u00e0')) throw refuse('is an old Excel workbook; save its sheet as CSV')
  if (text.startsWith('SQLite format 3')) throw refuse('is an SQLite database; export its table as CSV or Parquet')
  if (text.startsWith('ARROW1')) throw refuse('is an Arrow file; write it as Parquet')
  if (text.startsWith('%PDF')) throw refuse('is a PDF')
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) throw refuse('is a web page or XML, not a table')
  if (/^(\u00ef\u00bb\u00bf)?\s*[[{]/.test(text)) throw refuse('looks like JSON; write it as CSV or Parquet')
  if (encodingOf(head) === 'utf-8' && head.includes(0)) throw refuse('is a binary file, not a table')
  return 'text'
}

/** The file as text, without its byte order mark: UTF-8 (checked whole), UTF-16, else Windows-1252; gzip is unpacked. */
export async function openText(path: string): Promise<{ encoding: Encoding; pieces: () => AsyncIterable<string> }> {
  const zipped = (await readHead(path)).subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))
  const bytes = (): AsyncIterable<Buffer> => {
    const file = createReadStream(path, { highWaterMark: 1 << 20 })
    return zipped ? file.pipe(createGunzip()) : file
  }
  const decode = (encoding: Encoding, fatal: boolean) => async function* pieces(): AsyncGenerator<string> {
    const decoder = new TextDecoder(encoding, { fatal })
    for await (const piece of bytes()) yield decoder.decode(piece, { stream: true })
    yield decoder.decode()
  }
  let encoding: Encoding = 'utf-8'
  try {
    for await (const first of bytes()) { encoding = encodingOf(first.subarray(0, HEAD)); break }
    if (encoding === 'utf-8') for await (const _ of decode('utf-8', true)());
  } catch (error) {
    if (!(error instanceof TypeError)) throw new SlipwayError('invalid_request', `${basename(path)} cannot be read: ${(error as Error).message}.`, { cause: error, remedy: REMEDY })
    encoding = 'windows-1252'
  }
  return { encoding, pieces: decode(encoding, false) }
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0)
    return buffer.subarray(0, bytesRead)
  } finally { await file.close() }
}

/** By the byte order mark, or by where the zeros of ASCII in UTF-16 stand. */
function encodingOf(head: Buffer): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  const zeros = [0, 0]
  const pairs = Math.min(head.length, 1_000) >> 1
  for (let i = 0; i < pairs * 2; i++) if (head[i] === 0) zeros[i & 1]++
  if (zeros[1] > pairs * 0.4 && zeros[0] === 0) return 'utf-16le'
  if (zeros[0] > pairs * 0.4 && zeros[1] === 0) return 'utf-16be'
  return 'utf-8'
}
