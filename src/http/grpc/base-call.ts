// Where grpc-js 1.14 does otherwise than it should: it reads packed messages and writes none, and what the client did wrong it calls INTERNAL
// (bytes that are no gzip, a timeout that is none). This takes the place of three functions of its call. They are not part of its interface:
// the version is pinned, and base-call.test.ts fails where another lacks them.
import { promisify } from 'node:util'
import { deflateSync, gunzip, gzipSync, inflate } from 'node:zlib'
import { Metadata, ServerInterceptingCall, status as Status, type ServerInterceptor } from '@grpc/grpc-js'

/** Smaller replies are sent as they are: packing them would cost more than it saves. */
const PACKED_FROM = 1_024
/** Replies are numbers and ids: the fastest level packs them nearly as well as the best. */
const LEVEL = { level: 1 }

interface BaseCall {
  incomingEncoding: string
  handler: { serialize(message: unknown): Buffer }
  decompressMessage(message: Buffer, encoding: string): Buffer | Promise<Buffer>
  serializeMessage(message: unknown): Buffer
  sendStatus(status: { code: Status; details: string }): void
}

const unpackers: Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = { __proto__: null as never, gzip: promisify(gunzip) as never, deflate: promisify(inflate) as never }

/** Takes messages packed with gzip or deflate, of at most `limit` bytes when unpacked, and answers as it was asked. It must be the first interceptor. */
export function correctCalls(limit: number): ServerInterceptor {
  return (_method, call) => {
    const base = call as unknown as BaseCall
    const encoding = base.incomingEncoding
    const sendStatus = base.sendStatus.bind(base)
    base.sendStatus = status => { sendStatus(status.code === Status.INTERNAL && status.details.startsWith('Invalid grpc-timeout') ? { ...status, code: Status.INVALID_ARGUMENT } : status) }
    base.decompressMessage = message => unpack(message, encoding, limit)
    if (!(encoding in unpackers)) return new ServerInterceptingCall(call)
    base.serializeMessage = message => frame(base.handler.serialize(message), encoding)
    return new ServerInterceptingCall(call, {
      sendMetadata(metadata, next) {
        const own = metadata ?? new Metadata()
        own.set('grpc-encoding', encoding)
        next(own)
      },
    })
  }
}

/** One framed message without its prefix of five bytes. Rejects with a status. */
function unpack(message: Buffer, encoding: string, limit: number): Buffer | Promise<Buffer> {
  const flag = message[0]
  const body = message.subarray(5)
  if (flag === 0) return body
  if (flag !== 1) return refuse(Status.INVALID_ARGUMENT, `A message begins with ${flag}, and must with 0, or 1 where it is compressed.`)
  if (encoding === 'identity') return refuse(Status.INVALID_ARGUMENT, 'A message says that it is compressed, and the call has no grpc-encoding.')
  const read = unpackers[encoding]
  if (read === undefined) return refuse(Status.UNIMPLEMENTED, `grpc-encoding ${JSON.stringify(encoding.slice(0, 40))} is not known; there are gzip, deflate and identity.`)
  return read(body, { maxOutputLength: limit }).catch((error: NodeJS.ErrnoException) => (error.code === 'ERR_BUFFER_TOO_LARGE'
    ? refuse(Status.RESOURCE_EXHAUSTED, `A message decompresses to more than ${limit} bytes, which server.bodyLimit allows. Send smaller batches. (body_too_large)`)
    : refuse(Status.INVALID_ARGUMENT, `A message is not ${encoding}, as its grpc-encoding says.`)))
}

function frame(body: Buffer, encoding: string): Buffer {
  const pack = body.length >= PACKED_FROM
  const bytes = pack ? (encoding === 'gzip' ? gzipSync(body, LEVEL) : deflateSync(body, LEVEL)) : body
  const out = Buffer.allocUnsafe(bytes.length + 5)
  out[0] = pack ? 1 : 0
  out.writeUInt32BE(bytes.length, 1)
  out.set(bytes, 5)
  return out
}

function refuse(code: Status, details: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(details), { code, details }))
}
