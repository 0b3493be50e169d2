// When the tour does what. Times are microseconds, UTC.
export type Micros = number

export const HOUR: Micros = 3_600_000_000
export const DAY: Micros = 24 * HOUR
export const WEEK: Micros = 7 * DAY

/** The spans of the tour; the tests shorten them. */
export interface TourPlan {
  trainFrom: Micros
  /** From where on later candidates are trained. */
  retrainFrom: Micros
  trainTo: Micros
  /** The first instant of life: the release is deployed. A Monday, so that weeks are calendar weeks. */
  lifeFrom: Micros
  lifeTo: Micros
  /** Departures, weather and truths go on until here. */
  until: Micros
  /** How many predictions go singly over HTTP, at least. */
  singles: number
  replays: number
  /** The span in which the model is made to fail; null for none. */
  outage: { from: Micros; until: Micros } | null
  /** At the first week's end from `at` on, a candidate is made worse on purpose, from rows since `from`; null for never. */
  worse: { at: Micros; from: Micros } | null
  /** At the first week's end from then on, departures that never were are pushed and undone; null for never. */
  badFeed: Micros | null
  /** From then on no candidate is trained: its trial would outlast the tour, or nothing new would be seen. */
  lastCandidate: Micros
  /** Event time between a candidate that came to nothing and the next. */
  patience: Micros
}

const utc = (time: string): Micros => Date.parse(`${time}Z`) * 1_000

export const FULL_TOUR: TourPlan = {
  trainFrom: utc('2013-01-01T00:00'), retrainFrom: utc('2013-01-01T00:00'), trainTo: utc('2013-04-01T00:00'), lifeFrom: utc('2013-04-01T00:00'), lifeTo: utc('2014-01-01T00:00'), until: utc('2014-01-01T12:00'),
  singles: 2_000, replays: 1_000, outage: { from: utc('2013-06-26T20:00'), until: utc('2013-06-26T21:00') }, worse: { at: utc('2013-06-10T00:00'), from: utc('2013-05-20T00:00') }, badFeed: utc('2013-04-08T00:00'), lastCandidate: utc('2013-11-01T00:00'), patience: 4 * WEEK,
}

/** A stretch of life, and what is done when it is over. */
export interface Stretch { from: Micros; to: Micros; end: 'week' | 'hour' }

/** Weeks from the first instant of life on, cut where the outage begins and ends, and an hour after. */
export function planStretches({ lifeFrom, until, outage }: TourPlan): Stretch[] {
  const ends = new Map<Micros, Stretch['end']>()
  if (outage !== null) for (const time of [outage.from, outage.until, outage.until + HOUR]) ends.set(time, 'hour')
  for (let end = lifeFrom + WEEK; end < until; end += WEEK) ends.set(end, 'week')
  ends.set(until, 'week')
  const times = [...ends.keys()].filter(t => t > lifeFrom && t <= until).sort((a, b) => a - b)
  return times.map((to, i) => ({ from: i === 0 ? lifeFrom : times[i - 1], to, end: ends.get(to)! }))
}

/** `2013-04-08`, or with the hour where it is not midnight. */
export function nameTime(time: Micros): string {
  const iso = new Date(time / 1_000).toISOString()
  return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${iso.slice(11, 16)}`
}
