// The stretch of event time that a feature covers at a prediction time t. Every bound is exact to the microsecond.
import type { Window } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import { DAY, parseDuration, type Micros } from '../../core/time.ts'

export type WindowPlan =
  /** Event time in (t − size, t]. */
  | { kind: 'sliding'; size: Micros }
  /** Event time in [start, t]: t lies in [start, start + size), starts are the whole multiples of size, plus offset. */
  | { kind: 'tumbling'; size: Micros; offset: Micros }
  /** The rows of (t − longest, t] that end a chain: each less than `gap` before the next, the last less than `gap` before t. Rows that the feature's conditions leave out do not count. */
  | { kind: 'session'; gap: Micros; longest: Micros }
  | { kind: 'lifetime' }

/** @throws SlipwayError `invalid_definition`, naming `path`. */
export function planWindow(window: Window, path: string): WindowPlan {
  if (window === 'lifetime') return { kind: 'lifetime' }
  if (typeof window === 'string') return { kind: 'sliding', size: positive(window, path) }
  if ('tumbling' in window) {
    const size = positive(window.tumbling, `${path}.tumbling`)
    const offset = window.offset === undefined ? 0 : parseDuration(window.offset)
    if (offset === null) throw new SlipwayError('invalid_definition', `${path}.offset must be a duration such as '-5h', and is '${window.offset}'.`)
    return { kind: 'tumbling', size, offset: ((offset % size) + size) % size }
  }
  return { kind: 'session', gap: positive(window.session, `${path}.session`), longest: window.longest === undefined ? DAY : positive(window.longest, `${path}.longest`) }
}

function positive(text: string, path: string): Micros {
  const micros = parseDuration(text)
  if (micros === null || micros <= 0) throw new SlipwayError('invalid_definition', `${path} must be a duration such as '1h', and is '${text}'.`)
  return micros
}

/** How far before t a row may lie and still count: rows at t − reach or before do not. Infinity for a lifetime. */
export function reachOf(window: WindowPlan): Micros {
  switch (window.kind) {
    case 'sliding': return window.size
    case 'tumbling': return window.size
    case 'session': return window.longest
    case 'lifetime': return Number.POSITIVE_INFINITY
  }
}

/** Rows count whose event time is greater than this and at most t (of a session: those of its chain among them). */
export function lowerBound(window: WindowPlan, t: Micros): Micros {
  switch (window.kind) {
    case 'sliding': return t - window.size
    case 'tumbling': return t - modulo(modulo(t, window.size) - window.offset, window.size) - 1
    case 'session': return t - window.longest
    case 'lifetime': return Number.NEGATIVE_INFINITY
  }
}

/** The same as SQL over microseconds; null for no bound. */
export function lowerBoundSql(window: WindowPlan, t: string): string | null {
  switch (window.kind) {
    case 'sliding': return `(${t} - ${window.size})`
    case 'tumbling': { const x = `(${t} - ${window.offset})`; return `(${t} - ((${x} % ${window.size} + ${window.size}) % ${window.size}) - 1)` }
    case 'session': return `(${t} - ${window.longest})`
    case 'lifetime': return null
  }
}

/** Equal for windows that cover the same rows. */
export function windowKey(window: WindowPlan): string {
  switch (window.kind) {
    case 'sliding': return `sliding ${window.size}`
    case 'tumbling': return `tumbling ${window.size} ${window.offset}`
    case 'session': return `session ${window.gap} ${window.longest}`
    case 'lifetime': return 'lifetime'
  }
}

function modulo(x: number, size: number): number {
  const rest = x % size
  return rest < 0 ? rest + size : rest
}
