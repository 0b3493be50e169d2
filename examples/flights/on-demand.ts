// On-demand features: pure functions of the request. Timestamps come as whole microseconds since 1970, UTC.

const HOUR = 3_600_000_000
const DAY = 24 * HOUR

/** The hour of the day in New York, 0 to 23, at which the flight is scheduled to leave. */
export function localHour(input: { scheduled_departure: number }): number {
  return Math.floor(toNewYork(input.scheduled_departure) / HOUR) % 24
}

/** The day of the week in New York, 0 for Sunday. 1970-01-01 was a Thursday. */
export function localWeekday(input: { scheduled_departure: number }): number {
  return (Math.floor(toNewYork(input.scheduled_departure) / DAY) + 4) % 7
}

/** Wall time of New York in microseconds: UTC−4 from the second Sunday of March, 7:00 UTC, to the first of November, 6:00 UTC; else UTC−5. */
function toNewYork(utc: number): number {
  const year = new Date(utc / 1_000).getUTCFullYear()
  const summer = utc >= sunday(year, 2, 2) + 7 * HOUR && utc < sunday(year, 10, 1) + 6 * HOUR
  return utc - (summer ? 4 : 5) * HOUR
}

/** Midnight UTC of the nth Sunday of a month (January is 0), in microseconds. */
function sunday(year: number, month: number, nth: number): number {
  const first = Date.UTC(year, month, 1)
  const day = new Date(first).getUTCDay()
  return first * 1_000 + (((7 - day) % 7) + 7 * (nth - 1)) * DAY
}
