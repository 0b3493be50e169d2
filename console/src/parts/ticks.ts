// Where an axis has its marks.
import { clock, dayMonth, month } from './format.ts'

/** Round values that hold [low, high]. */
export function valueTicks(low: number, high: number, wanted: number): { low: number; high: number; ticks: number[] } {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return { low: 0, high: 1, ticks: [0, 1] }
  const span = high - low || Math.abs(high) || 1
  const rough = span / wanted
  const size = 10 ** Math.floor(Math.log10(rough))
  const step = size * ([1, 2, 5, 10].find(m => m * size >= rough) ?? 10)
  const first = Math.floor(low / step + 1e-9)
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9))
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
  return { low: ticks[0], high: ticks[ticks.length - 1], ticks }
}

/** Powers of ten that hold [low, high]. */
export function powerTicks(low: number, high: number): { low: number; high: number; ticks: number[] } {
  if (!(low > 0) || !Number.isFinite(high)) return { low: 0.1, high: 1, ticks: [0.1, 1] }
  const first = Math.floor(Math.log10(low))
  const last = Math.max(first + 1, Math.ceil(Math.log10(high)))
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number((10 ** (first + i)).toPrecision(1)))
  return { low: ticks[0], high: ticks[ticks.length - 1], ticks }
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Hours, days or months, whichever fits. */
export function timeTicks(from: number, to: number, most: number): { at: number; label: string }[] {
  const span = to - from
  if (span <= 0) return [{ at: from, label: dayMonth(from) }]
  if (span > most * 14 * DAY) {
    const ticks = []
    const start = new Date(from)
    const every = [1, 2, 3, 6, 12].find(n => span / (n * 30 * DAY) <= most) ?? 12
    for (let m = start.getUTCMonth() + (start.getUTCDate() > 1 ? 1 : 0); ; m++) {
      const at = Date.UTC(start.getUTCFullYear(), m)
      if (at > to) return ticks
      if (m % every === 0) ticks.push({ at, label: new Date(at).getUTCMonth() === 0 || ticks.length === 0 ? month(at) : month(at).slice(0, 3) })
    }
  }
  const step = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY].find(s => span / s <= most) ?? 14 * DAY
  const ticks = []
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push({ at, label: step < DAY && at % DAY !== 0 ? clock(new Date(at).toISOString()) : dayMonth(at) })
  return ticks
}
