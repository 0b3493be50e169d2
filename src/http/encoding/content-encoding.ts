// Compressed bodies, both ways: gzip and deflate, as inference clients send and ask for them.
import { promisify } from 'node:util'
import { deflate, gunzip, gzip, inflate, inflateRaw } from 'node:zlib'
import { SlipwayError } from '../../core/errors.ts'

/** Smaller answers fit in one packet as they are. */
const WORTH_COMPRESSING = 1_400
const FASTEST = { level: 1 }

const unzip = { gzip: promisify(gunzip), zlib: promisify(inflate), raw: promisify(inflateRaw) }
const zip = { gzip: promisify(gzip), deflate: promisify(deflate) }

/**
 * The body as it was before it was compressed.
 * @throws SlipwayError `unsupported_media_type` for another encoding, `body_too_large` beyond `limit` bytes, `invalid_request` for what does not inflate.
 */
export async function decodeBody(body: Buffer, encoding: string | undefined, limit: number): Promise<Buffer> {
  const name = (encoding ?? '').trim().toLowerCase()
  if (name === '' || name === 'identity') return body
  if (name !== 'gzip' && name !== 'x-gzip' && name !== 'deflate') throw new SlipwayError('unsupported_media_type', `The content encoding ${JSON.stringify(name.slice(0, 40))} is not one that is taken.`, { remedy: 'Send gzip, deflate, or the body as it is.' })
  const open = name !== 'deflate' ? unzip.gzip : isZlib(body) ? unzip.zlib : unzip.raw
  try { return await open(body, { maxOutputLength: limit }) as Buffer } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new SlipwayError('body_too_large', `The body inflates to more than ${limit} bytes, which is the limit.`)
    throw new SlipwayError('invalid_request', `The body is not ${name}, as its Content-Encoding says.`, { remedy: 'Compress all of it with that encoding, or leave the header out.' })
  }
}

/** `deflate` means zlib's format; some send bare deflate. */
function isZlib(body: Buffer): boolean { return body.length >= 2 && (body[0] & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0 }

/** The answer in an encoding that was asked for, where that is worth it; null: as it is. */
export async function encodeBody(body: Buffer, accepted: string | undefined): Promise<{ body: Buffer; encoding: 'gzip' | 'deflate' } | null> {
  if (accepted === undefined || body.length < WORTH_COMPRESSING) return null
  const encoding = chooseEncoding(accepted)
  return encoding === null ? null : { body: await zip[encoding](body, FASTEST) as Buffer, encoding }
}

/** The first of gzip and deflate that is listed with a weight beyond 0. */
function chooseEncoding(accepted: string): 'gzip' | 'deflate' | null {
  for (const part of accepted.toLowerCase().split(',')) {
    const [name, ...parameters] = part.split(';').map(t => t.trim())
    if (name !== 'gzip' && name !== 'deflate') continue
    const weight = parameters.find(p => p.startsWith('q='))
    if (weight === undefined || Number(weight.slice(2)) > 0) return name
  }
  return null
}
