// The side of a call that does the work: finds the method, gives it its arguments, sends back what comes.
import { PassThrough, Readable } from 'node:stream'
import { once } from 'node:events'
import type { SettableClock } from '../core/clock.ts'
import { SlipwayError, toProblem } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { errorOf, isStream, unpack, type CallFrame, type InputFrame, type Problem, type ReplyFrame } from './calls.ts'
import { encodeFrame, readFrames } from './frames.ts'
import type { MethodKind } from './methods.ts'

/** A port as this process offers it. */
export interface Offer { target: object; methods: Readonly<Record<string, MethodKind>> }

type Work = (...args: unknown[]) => unknown

/** What one call is answered with: one message, or a stream of them. */
export async function answerCall(offer: Offer | undefined, what: { port: string; method: string }, body: AsyncIterable<Buffer>, parts: { clock: SettableClock; log: Log }): Promise<Buffer | Readable> {
  const { clock, log } = parts
  const problemOf = (error: unknown): Problem => {
    if (!(error instanceof SlipwayError)) log.error('A call from another process failed.', { ...what, error })
    return toProblem(error)
  }
  const frames = readFrames(body)
  const first = await readCall(frames)
  clock.adopt(first.clock)
  const kind = offer === undefined || !Object.hasOwn(offer.methods, what.method) ? undefined : offer.methods[what.method]
  if (offer === undefined || kind === undefined || kind === 'local') throw new SlipwayError('not_found', `There is no ${what.port}.${what.method} to call here.`)
  const call = (offer.target as Record<string, Work>)[what.method].bind(offer.target) as Work

  if (kind !== 'stream' && first.callbacks.length === 0 && first.stream === null && first.signal === null) {
    try {
      const result: ReplyFrame = { result: await call(...first.args), clock: clock.state }
      return encodeFrame(result)
    } catch (error) { return encodeFrame({ error: problemOf(error) } satisfies ReplyFrame) }
  }

  const out = new PassThrough()
  const closed = new AbortController()
  out.on('close', () => { closed.abort(new SlipwayError('unreachable', 'The process that asked is gone.')) })
  out.on('error', () => {})
  const write = async (frame: ReplyFrame): Promise<void> => {
    closed.signal.throwIfAborted()
    if (!out.write(encodeFrame(frame))) await once(out, 'drain', { signal: closed.signal })
  }
  const args = unpack(first, {
    callback: index => (...values) => write({ callback: index, args: values }),
    stream: itemsOf(frames),
    signal: closed.signal,
  })
  void (async () => {
    try {
      const result = await call(...args)
      if (isStream(result)) for await (const item of result) await write({ items: [item] })
      await write({ result: isStream(result) ? undefined : result, clock: clock.state })
    } catch (error) {
      if (!closed.signal.aborted) await write({ error: problemOf(error) }).catch(() => undefined)
    }
    out.end()
  })()
  return out
}

async function readCall(frames: AsyncGenerator<unknown>): Promise<CallFrame> {
  let value: Partial<CallFrame> | undefined
  try { value = (await frames.next()).value as typeof value } catch (cause) { throw new SlipwayError('invalid_request', 'The body is no call.', { cause }) }
  if (!Array.isArray(value?.args) || !Array.isArray(value.callbacks) || typeof value.clock?.version !== 'number') throw new SlipwayError('invalid_request', 'The body is no call.')
  return value as CallFrame
}

async function* itemsOf(frames: AsyncGenerator<unknown>): AsyncGenerator<unknown> {
  for await (const frame of frames as AsyncGenerator<InputFrame>) {
    if ('items' in frame) yield* frame.items
    else if ('failed' in frame) throw errorOf(frame.failed)
    else return
  }
  throw new SlipwayError('unreachable', 'The process that sends the stream is gone.')
}
