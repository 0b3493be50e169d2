// What travels with a call: plain data, and in place of functions, streams and signals their places among the arguments.
import type { ClockState } from '../core/clock.ts'
import { ERRORS, SlipwayError, toProblem, type ErrorCode, type Fault } from '../core/errors.ts'

/** Where something stood: which argument, and (where that is an object) which member of it. */
export type Place = [argument: number, member: string | null]

/** The first message of a call. */
export interface CallFrame { args: unknown[]; callbacks: Place[]; stream: Place | null; signal: Place | null; clock: ClockState }

/** What follows it where an argument is a stream. */
export type InputFrame = { items: unknown[] } | { end: true } | { failed: Problem }

/** What comes back. The last message is a result or an error. */
export type ReplyFrame = { callback: number; args: unknown[] } | { items: unknown[] } | { result: unknown; clock: ClockState } | { error: Problem }

export type Problem = ReturnType<typeof toProblem>

/** What a call needs besides data. */
export interface Live { callbacks: ((...args: unknown[]) => unknown)[]; stream: AsyncIterable<unknown> | null; signal: AbortSignal | null }

/** Parts data from what is alive. Arguments and their own members are looked at, no deeper. */
export function pack(args: readonly unknown[]): Omit<CallFrame, 'clock'> & { live: Live } {
  const packed: Omit<CallFrame, 'clock'> = { args: [...args], callbacks: [], stream: null, signal: null }
  const live: Live = { callbacks: [], stream: null, signal: null }
  /** True when it is no data. */
  const take = (value: unknown, place: Place): boolean => {
    if (typeof value === 'function') { packed.callbacks.push(place); live.callbacks.push(value as Live['callbacks'][number]) }
    else if (value instanceof AbortSignal) { packed.signal = place; live.signal = value }
    else if (isStream(value)) { packed.stream = place; live.stream = value }
    else return false
    return true
  }
  args.forEach((argument, i) => {
    if (take(argument, [i, null])) { packed.args[i] = undefined; return }
    if (typeof argument !== 'object' || argument === null || Array.isArray(argument)) return
    for (const [member, value] of Object.entries(argument)) {
      if (!take(value, [i, member])) continue
      if (packed.args[i] === argument) packed.args[i] = { ...argument }
      delete (packed.args[i] as Record<string, unknown>)[member]
    }
  })
  return { ...packed, live }
}

/** Puts what is alive back in its place. */
export function unpack({ args, callbacks, stream, signal }: CallFrame, live: { callback(index: number): (...args: unknown[]) => unknown; stream: AsyncIterable<unknown>; signal: AbortSignal }): unknown[] {
  const out = [...args]
  const put = ([argument, member]: Place, value: unknown): void => {
    if (member === null) out[argument] = value
    else out[argument] = { ...out[argument] as object, [member]: value }
  }
  callbacks.forEach((place, i) => { put(place, live.callback(i)) })
  if (stream !== null) put(stream, live.stream)
  if (signal !== null) put(signal, live.signal)
  return out
}

export function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === 'function'
}

/** A problem of the wire as the error that it was. */
export function errorOf({ code, detail, remedy, faults }: { code?: string; detail?: string; remedy?: string; faults?: Fault[] }): SlipwayError {
  const known = code !== undefined && Object.hasOwn(ERRORS, code) ? code as ErrorCode : 'internal'
  return new SlipwayError(known, detail ?? 'The other process gave no reason.', { remedy, faults })
}
