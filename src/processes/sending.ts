// One call over HTTP, on connections that are kept.
import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import type { ClockState } from '../core/clock.ts'
import { SlipwayError, toProblem } from '../core/errors.ts'
import { errorOf, type CallFrame, type InputFrame, type Live, type ReplyFrame } from './calls.ts'
import type { ProcessEntry } from './directory.ts'
import { encodeFrame, readFrames } from './frames.ts'
import type { MethodKind } from './methods.ts'

/** Body of every call, both ways. */
export const CALL_TYPE = 'application/x-slipway-call'
/** Names the process that is meant; one that has another id answers `ANOTHER`. */
export const PROCESS_HEADER = 'x-slipway-process'
export const ANOTHER = 421
/** Items of a stream that travel together, at most. */
const GROUP = 64

/** The process is not there, is another one, or was lost. `sent`: it may have begun. `repeatable`: nothing came back yet. */
export class NotReached extends Error {
  readonly sent: boolean
  readonly repeatable: boolean
  constructor(sent: boolean, repeatable: boolean, cause?: unknown) {
    super('not reached', { cause })
    this.sent = sent
    this.repeatable = repeatable
  }
}

export class CallSender {
  readonly #component: string
  readonly #token: () => string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256, scheduling: 'lifo' })

  constructor(component: string, token: () => string) {
    this.#component = component
    this.#token = token
  }

  async call(peer: ProcessEntry, path: string, frame: CallFrame, live: Live, { kind, onClock }: { kind: MethodKind; onClock(state: ClockState): void }): Promise<unknown> {
    const plain = frame.callbacks.length === 0 && frame.stream === null && frame.signal === null
    let last: Extract<ReplyFrame, { result: unknown }> | null = null
    if (plain) {
      const { response } = await this.#open(peer, path, frame, true)
      const bytes = await buffer(response).catch((cause: unknown) => { throw new NotReached(true, true, cause) })
      for await (const reply of readFrames(toAsync(bytes))) last = resultOf(reply as ReplyFrame)
    } else {
      const opened = this.#open(peer, path, frame, false)
      const { request } = opened
      const abort = (): void => { request.destroy() }
      live.signal?.addEventListener('abort', abort, { once: true })
      // The input is sent while answers come; who takes it may end before it does.
      const input: { fault?: unknown } = {}
      void this.#sendInput(request, live, input).catch(() => undefined)
      try {
        const { response } = await opened
        for await (const reply of readFrames(response) as AsyncGenerator<ReplyFrame>) {
          if ('callback' in reply) await live.callbacks[reply.callback](...reply.args)
          else last = resultOf(reply)
        }
      } catch (error) {
        live.signal?.throwIfAborted()
        // The fault as it was here, not as the other side told of it.
        if ('fault' in input) throw input.fault
        if (error instanceof SlipwayError || error instanceof NotReached || !isConnection(error)) throw error
        throw new NotReached(true, false, error)
      } finally {
        live.signal?.removeEventListener('abort', abort)
        request.destroy()
      }
    }
    if (last === null) throw new NotReached(true, kind === 'read' && plain)
    onClock(last.clock)
    return last.result
  }

  async *items(peer: ProcessEntry, path: string, frame: CallFrame, live: Live): AsyncGenerator<unknown> {
    const opened = this.#open(peer, path, frame, live.stream === null)
    const { request } = opened
    if (live.stream !== null) this.#sendInput(request, live, {}).catch(() => undefined)
    let ended = false
    try {
      const { response } = await opened
      for await (const reply of readFrames(response) as AsyncGenerator<ReplyFrame>) {
        if ('items' in reply) yield* reply.items
        else { resultOf(reply); ended = true }
      }
    } catch (error) {
      if (error instanceof SlipwayError || error instanceof NotReached || !isConnection(error)) throw error
      throw new NotReached(true, false, error)
    } finally { if (!ended) request.destroy() }
    if (!ended) throw new NotReached(true, false)
  }

  close(): void { this.#agent.destroy() }

  /** Sends the first message; resolves with the head of the answer. */
  #open(peer: ProcessEntry, path: string, frame: CallFrame, whole: boolean): Promise<{ response: IncomingMessage }> & { request: ClientRequest } {
    const body = encodeFrame(frame)
    const request = httpRequest(new URL(`/internal/ports/${path}`, peer.url), {
      method: 'POST', agent: whole ? this.#agent : false,
      headers: {
        'content-type': CALL_TYPE, authorization: `Bearer ${this.#token()}`, [PROCESS_HEADER]: peer.id,
        ...(whole ? { 'content-length': body.length } : { 'transfer-encoding': 'chunked' }),
      },
    })
    request.setNoDelay(true)
    if (whole) request.end(body)
    else request.write(body)
    const answered = (async () => {
      let response: IncomingMessage
      try { [response] = await once(request, 'response') as [IncomingMessage] } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        throw new NotReached(code !== 'ECONNREFUSED' && code !== 'ENOENT', true, error)
      }
      request.on('error', () => {})
      if (response.statusCode === 200) return { response }
      const text = (await buffer(response).catch(() => Buffer.alloc(0))).toString()
      if (response.statusCode === ANOTHER) throw new NotReached(false, true)
      let problem: Parameters<typeof errorOf>[0] = { detail: `The process of ${this.#component} answered ${response.statusCode}.` }
      try { problem = JSON.parse(text) as typeof problem } catch { /* it is no Slipway */ }
      // One that stops takes no more calls: nothing was done.
      if (problem.code === 'stopping' && response.statusCode === 503) throw new NotReached(false, true)
      throw errorOf(problem)
    })()
    answered.catch(() => undefined)
    return Object.assign(answered, { request })
  }

  async #sendInput(request: ClientRequest, { stream }: Live, input: { fault?: unknown }): Promise<void> {
    if (stream === null) { request.end(); return }
    const write = async (frame: InputFrame): Promise<void> => {
      if (!request.write(encodeFrame(frame))) await Promise.race([once(request, 'drain'), once(request, 'close').then(() => { throw new NotReached(true, false) })])
    }
    let group: unknown[] = []
    let due: NodeJS.Immediate | null = null
    let sent: Promise<void> = Promise.resolve()
    const flush = (): void => {
      if (due !== null) clearImmediate(due)
      due = null
      const items = group.splice(0)
      if (items.length > 0) sent = sent.then(() => write({ items }))
    }
    try {
      for await (const item of stream) {
        if (request.destroyed) return
        group.push(item)
        if (group.length >= GROUP) { flush(); await sent }
        else due ??= setImmediate(() => { flush(); sent.catch(() => undefined) })
      }
      flush()
      await sent
      await write({ end: true })
    } catch (error) {
      if (request.destroyed) return
      input.fault = error
      flush()
      await sent
      // The input's own fault, which who takes it shall see.
      await write({ failed: toProblem(error) })
    }
    request.end()
  }
}

function resultOf(reply: ReplyFrame): Extract<ReplyFrame, { result: unknown }> {
  if ('error' in reply) throw errorOf(reply.error)
  if (!('result' in reply)) throw new SlipwayError('internal', 'The other process answered otherwise than asked.')
  return reply
}

function isConnection(error: unknown): boolean { return typeof (error as NodeJS.ErrnoException | null)?.code === 'string' && !(error instanceof SlipwayError) }

async function* toAsync(bytes: Buffer): AsyncGenerator<Buffer> { yield bytes }
