import { formatTime } from '../core/time.ts'
import type { Look } from './records.ts'

/** What one look says of one series. A quality or fallback monitor has one, a drift monitor one an input. */
export interface Finding {
  /** `<monitor>`, or `<monitor>/<feature>`. */
  fingerprint: string
  metric: string
  state: Look['state']
  value: number | null
  interval: { low: number; high: number } | null
  limit: number
  n: number
  /** One sentence: what, how far, against which limit, with n. */
  summary: string
}

/** A look, and what it says of each series. */
export interface Seen { look: Look; findings: Finding[]; /** Of a drift monitor: every input. */ inputs?: Look['features'] }

/** The look of a monitor with one series. */
export function seenOne(at: number, window: Look['window'], finding: Finding): Seen {
  const { state, value, interval, limit, n } = finding
  return { look: { at, window, state, value, interval, limit, n }, findings: [finding] }
}

/** `2013-04-01 to 2013-04-08`, with the time where it is not midnight. */
export function formatWindow({ from, to }: Look['window']): string {
  const short = (time: number): string => formatTime(time).replace(/T00:00:00Z$/, '').replace(/:00Z$/, 'Z')
  return `${short(from)} to ${short(to)}`
}
