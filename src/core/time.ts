// Event time and recorded time everywhere: whole microseconds since 1970-01-01T00:00:00Z, exact as a double until the year 2255.

export type Micros = number

export const SECOND: Micros = 1_000_000
export const MINUTE: Micros = 60 * SECOND
export const HOUR: Micros = 60 * MINUTE
export const DAY: Micros = 24 * HOUR

const UNITS: Record<string, Micros> = { us: 1, ms: 1_000, s: SECOND, m: MINUTE, h: HOUR, d: DAY }

/** Parses a duration such as '30m', '1h', '-30m', '500ms'. Returns null for anything else. */
export function parseDuration(text: string): Micros | null {
  const m = /^(-?)(\d+)(us|ms|s|m|h|d)$/.exec(text)
  return m ? (m[1] ? -1 : 1) * Number(m[2]) * UNITS[m[3]] : null
}

/** The shortest text that `parseDuration` reads back. */
export function formatDuration(micros: Micros): string {
  const n = Math.abs(micros)
  for (const [unit, size] of Object.entries(UNITS).reverse()) if (n % size === 0) return `${micros < 0 ? '-' : ''}${n / size}${unit}`
  return `${micros}us`
}

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i

/** Parses ISO 8601 to the microsecond; a time without an offset is UTC. Returns null when it is no time. */
export function parseTime(text: string): Micros | null {
  const m = ISO.exec(text)
  if (!m) return null
  let zone = (m[5] ?? 'Z').toUpperCase()
  if (/^[+-]\d{2}$/.test(zone)) zone += ':00'
  else if (/^[+-]\d{4}$/.test(zone)) zone = `${zone.slice(0, 3)}:${zone.slice(3)}`
  const ms = Date.parse(`${m[1]}T${m[2] ?? '00:00'}:${m[3] ?? '00'}${zone}`)
  if (Number.isNaN(ms)) return null
  return ms * 1_000 + Number((m[4] ?? '').padEnd(6, '0').slice(0, 6))
}

/** ISO 8601 in UTC, with as many decimals (0, 3 or 6) as the time has. */
export function formatTime(micros: Micros): string {
  const ms = Math.floor(micros / 1_000)
  const rest = micros - ms * 1_000
  const iso = new Date(ms).toISOString()
  if (rest !== 0) return `${iso.slice(0, -1)}${String(rest).padStart(3, '0')}Z`
  return iso.endsWith('.000Z') ? `${iso.slice(0, -5)}Z` : iso
}
