// Numbers and times as text. Times are UTC everywhere, and say so.

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const pad = (n: number): string => String(n).padStart(2, '0')

export function count(n: number): string { return n.toLocaleString('en') }
export function fixed(n: number, digits = 3): string { return n.toFixed(digits).replace(/^-/, '−') }
export function signed(n: number, digits = 3): string { return `${n < 0 ? '−' : '+'}${Math.abs(n).toFixed(digits)}` }

/** `42 %`; small shares keep a digit. */
export function percent(share: number, digits?: number): string {
  const value = share * 100
  if (digits === undefined && value > 0 && value < 0.05) return 'under 0.1 %'
  return `${value.toFixed(digits ?? (value !== 0 && value < 9.95 && value > -9.95 ? 1 : 0)).replace(/^-/, '−')} %`
}

/** A feature's or request's value. */
export function value(v: unknown): string {
  if (v === null || v === undefined) return 'missing'
  if (typeof v === 'number') return Number.isInteger(v) ? v.toLocaleString('en', { useGrouping: Math.abs(v) >= 10_000 }).replace('-', '−') : String(Number(v.toPrecision(5))).replace('-', '−')
  if (typeof v === 'boolean') return v ? 'yes' : 'no'
  return typeof v === 'string' ? v : JSON.stringify(v)
}

export function day(iso: string): string { const d = new Date(iso); return `${d.getUTCDate()} ${MONTHS[d.getUTCMonth()]} ${d.getUTCFullYear()}` }
export function dayMonth(iso: string | number): string { const d = new Date(iso); return `${d.getUTCDate()} ${MONTHS[d.getUTCMonth()]}` }
export function clock(iso: string): string { const d = new Date(iso); return `${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}` }
export function moment(iso: string): string { return `${day(iso)}, ${clock(iso)}` }
export function month(ms: number): string { const d = new Date(ms); return `${MONTHS[d.getUTCMonth()]} ${d.getUTCFullYear()}` }

/** What the server has said, with its times as they are written here. */
export function said(text: string): string { return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d(?::[\d.]+)?Z/g, moment).replace(', limit none', '') }

/** The last moment of a period that ends before `iso`. */
export function dayBefore(iso: string): string { return day(new Date(Date.parse(iso) - 1).toISOString()) }

/** Two units at most: `3 h 12 min`. */
export function duration(ms: number): string {
  const units: [number, string][] = [[86_400_000, 'd'], [3_600_000, 'h'], [60_000, 'min'], [1_000, 's']]
  let rest = Math.abs(ms)
  if (rest < 1_000) return `${rest < 10 ? Number(rest.toPrecision(2)) : Math.round(rest)} ms`
  const parts: string[] = []
  for (const [size, unit] of units) {
    const n = Math.floor(rest / size)
    rest -= n * size
    if (n > 0) parts.push(`${n} ${unit}`)
    if (parts.length === 2 || (parts.length === 1 && n === 0)) break
  }
  return parts.join(' ')
}

export function between(from: string, to: string): string { return duration(Date.parse(to) - Date.parse(from)) }
export function bytes(n: number): string { return n < 1_024 ? `${n} B` : n < 1_048_576 ? `${(n / 1_024).toFixed(0)} KiB` : `${(n / 1_048_576).toFixed(1)} MiB` }
export function short(digest: string): string { return digest.slice(0, 12) }
export function plural(n: number, one: string, many = `${one}s`): string { return `${count(n)} ${n === 1 ? one : many}` }
export function list(items: string[]): string { return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}` }

/** `origin_delays.mean_1h` for people: `origin delays: mean 1h`. */
export function words(name: string): string { return name.replace('.', ': ').replaceAll('_', ' ') }
/** `baseline:logistic` → `baseline (logistic)`; a version is named as it is. */
export function referenceWords(reference: string): string { return reference.replace(/^baseline:(.*)/, 'the baseline ($1)') }
/** `flight-delay@000003` → `release 3`. */
export function releaseName(id: string): string { const n = /@0*(\d+)$/.exec(id)?.[1]; return n === undefined ? id : `release ${n}` }
