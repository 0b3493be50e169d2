// Methods as grpc-js calls them: bytes in and out, who calls, statuses, room for the next message.
import type { Metadata, handleBidiStreamingCall, handleServerStreamingCall, handleUnaryCall, ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js'
import { SlipwayError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { bearerToken, checkAccess, type Authenticate } from '../access.ts'
import { isNews, toSlipwayError } from '../problems.ts'
import type { CallContext, Method, Replies, StreamMethod, UnaryMethod, WatchMethod } from './method.ts'
import { toStatus } from './status.ts'

export interface CallOptions {
  authenticate: Authenticate
  log: Log
  /** True once the server is stopping: what comes then is refused, but for what anybody may ask. */
  stopping(): boolean
  /** Calls that may last; a stop ends them by this. */
  lasting: Set<AbortController>
}

type Handler = handleUnaryCall<Buffer, Buffer> | handleServerStreamingCall<Buffer, Buffer> | handleBidiStreamingCall<Buffer, Buffer>

/** What grpc-js is to call for a method of this path. */
export function handlerOf(path: string, method: Method, options: CallOptions): Handler {
  switch (method.kind) {
    case 'unary': return unary(path, method, options)
    case 'watch': return watch(path, method, options)
    case 'stream': return stream(path, method, options)
  }
}

function unary(path: string, method: UnaryMethod<unknown, unknown>, options: CallOptions): handleUnaryCall<Buffer, Buffer> {
  return (call, done) => {
    // Only who looks at it pays for it.
    let controller: AbortController | undefined
    const abort = (): AbortSignal => {
      controller = new AbortController()
      if (call.cancelled) controller.abort()
      return controller.signal
    }
    call.once('cancelled', () => controller?.abort())
    const run = async (): Promise<Buffer> => {
      const principal = await admit(path, method, call.metadata, options)
      // Nobody waits for it any more: it is not predicted, and so not journaled.
      if (call.cancelled) throw new SlipwayError('request_timeout', 'The client is gone, or its deadline is over.')
      const request = method.request.decode(call.request)
      return method.response.encode(await method.answer(request, { principal, get signal() { return controller?.signal ?? abort() } }))
    }
    const started = performance.now()
    const ended = (code: string): void => { options.log.debug('call', { method: path, code, ms: Math.round((performance.now() - started) * 10) / 10 }) }
    run().then(bytes => {
      done(null, bytes)
      ended('ok')
    }, (error: unknown) => {
      done(refusal(path, error, options.log))
      ended(toSlipwayError(error).code)
    })
  }
}

function watch(path: string, method: WatchMethod<unknown, unknown>, options: CallOptions): handleServerStreamingCall<Buffer, Buffer> {
  return call => {
    last(call, path, method, options, context => method.answer(method.request.decode(call.request), repliesTo(call, method), context))
  }
}

function stream(path: string, method: StreamMethod<unknown, unknown>, options: CallOptions): handleBidiStreamingCall<Buffer, Buffer> {
  return call => {
    last(call, path, method, options, context => method.answer(incoming(call, method, context.signal), repliesTo(call, method), context))
  }
}

/** Runs a call that may last, to its end: the promise's, the client's, or the server's. */
function last(call: ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>, path: string, method: Method, options: CallOptions, run: (context: CallContext) => Promise<void>): void {
  const controller = new AbortController()
  options.lasting.add(controller)
  call.once('cancelled', () => { controller.abort() })
  const answer = async (): Promise<void> => {
    const principal = await admit(path, method, call.metadata, options)
    await run({ principal, signal: controller.signal })
    if (options.stopping()) throw new SlipwayError('stopping', 'This server is stopping; what came before is answered.')
  }
  answer().then(() => { call.end() }, (error: unknown) => {
    if (!call.cancelled) call.emit('error', refusal(path, error, options.log))
  }).finally(() => { options.lasting.delete(controller) })
}

async function admit(path: string, { access }: Method, metadata: Metadata, { authenticate, stopping }: CallOptions): Promise<CallContext['principal']> {
  if (stopping() && access !== 'public') throw new SlipwayError('stopping', 'This server is stopping and takes no new calls.')
  const [header] = metadata.get('authorization')
  const principal = await authenticate(bearerToken(header === undefined ? undefined : String(header)))
  checkAccess(access, principal, path)
  return principal
}

function refusal(path: string, error: unknown, log: Log): Error {
  const known = toSlipwayError(error)
  if (isNews(known)) log.error(known.message, { method: path, code: known.code, error })
  const status = toStatus(known)
  return Object.assign(new Error(status.details), status)
}

/** Messages one by one, as fast as they are taken; ends with the client, or when the signal is aborted. */
async function* incoming<Q>(call: ServerDuplexStream<Buffer, Buffer>, method: StreamMethod<Q, unknown>, signal: AbortSignal): AsyncGenerator<{ message: Q } | { error: Error }> {
  const received: Buffer[] = []
  let ended = false
  let wake = (): void => {}
  const end = (): void => { ended = true; wake() }
  call.on('data', (bytes: Buffer) => { received.push(bytes); call.pause(); wake() })
  call.once('end', end)
  call.once('close', end)
  signal.addEventListener('abort', end, { once: true })
  while (!signal.aborted) {
    const bytes = received.shift()
    if (bytes === undefined) {
      if (ended) return
      const woken = new Promise<void>(resolve => { wake = resolve })
      call.resume()
      await woken
      continue
    }
    let item: { message: Q } | { error: Error }
    try { item = { message: method.request.decode(bytes) } } catch (error) { item = { error: error as Error } }
    yield item
  }
}

function repliesTo<A>(call: ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>, method: { response: { encode(message: A): Buffer } }): Replies<A> {
  return {
    send(message) {
      if (call.cancelled || call.destroyed || call.write(method.response.encode(message))) return Promise.resolve()
      return new Promise(resolve => {
        const go = (): void => {
          call.off('drain', go).off('close', go)
          resolve()
        }
        call.on('drain', go).on('close', go)
      })
    },
  }
}

