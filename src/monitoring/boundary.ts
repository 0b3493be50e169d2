import { DAY, type Micros } from '../core/time.ts'

/** 1970-01-05, the first Monday: weekly looks fall on Mondays, daily ones on midnight, all in UTC. */
const MONDAY: Micros = 4 * DAY

/** Looks that are kept, and the most that are caught up after a stop. */
export const MOST_LOOKS = 400

/** The newest boundary of looks at or before `at`: boundaries are whole multiples of `every`, so that any look can be repeated. */
export function boundaryAt(at: Micros, every: Micros): Micros { return Math.floor((at - MONDAY) / every) * every + MONDAY }

/** Boundaries after `last` up to `at`, the oldest first; without a look before there is one. Of more than MOST_LOOKS the newest. */
export function dueBoundaries(last: Micros | null, at: Micros, every: Micros): Micros[] {
  const newest = boundaryAt(at, every)
  if (last === null) return [newest]
  const count = Math.min(MOST_LOOKS, Math.max(0, Math.floor((newest - boundaryAt(last, every)) / every)))
  return Array.from({ length: count }, (_, i) => newest - (count - 1 - i) * every)
}
