import { DAY, type Micros } from '../core/time.ts'

export type PeriodLength = 'day' | 'week' | 'month'

/** Start of the UTC day, ISO week (Monday) or month that holds this time. */
export function startOfPeriod(time: Micros, length: PeriodLength): Micros {
  const day = Math.floor(time / DAY)
  switch (length) {
    case 'day': return day * DAY
    // 1970-01-01 was a Thursday.
    case 'week': return (day - modulo(day + 3, 7)) * DAY
    case 'month': {
      const date = new Date(day * (DAY / 1_000))
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) * 1_000
    }
  }
}

/** Start of the next one. `start` is the start of a period. */
export function nextPeriod(start: Micros, length: PeriodLength): Micros {
  if (length !== 'month') return start + (length === 'day' ? 1 : 7) * DAY
  const date = new Date(start / 1_000)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) * 1_000
}

function modulo(n: number, d: number): number { return ((n % d) + d) % d }
