import type { Estimate } from '../api/types.ts'
import { signed } from './format.ts'

/** An interval on an axis, with the limit that it must clear. */
export function IntervalBar({ estimate, limit, limitName, digits = 4 }: { estimate: Estimate; limit: number; limitName: string; digits?: number }) {
  const low = Math.min(estimate.low, limit)
  const high = Math.max(estimate.high, limit)
  const pad = (high - low || 1) * 0.18
  const x = (v: number): number => 10 + ((v - low + pad) / (high - low + 2 * pad)) * 380
  const clear = estimate.low > limit
  const tone = clear ? 'var(--good)' : 'var(--bad)'
  return <svg style={{ width: '100%', maxWidth: 460 }} viewBox="0 0 400 62" role="img" aria-label={`Difference ${signed(estimate.value, digits)}, interval ${signed(estimate.low, digits)} to ${signed(estimate.high, digits)}; ${limitName} ${signed(limit, digits)}`}>
    <path d="M10 30H390" stroke="var(--line)" />
    <path d={`M${x(limit)} 12V48`} stroke="var(--ink-3)" strokeDasharray="3 3" />
    <path d={`M${x(estimate.low)} 30H${x(estimate.high)}`} stroke={tone} strokeWidth="4" strokeLinecap="round" />
    <circle cx={x(estimate.value)} cy="30" r="6" fill="var(--sheet)" stroke={tone} strokeWidth="3" />
    <text x={x(limit)} y="60" fontSize="11" fill="var(--ink-3)" textAnchor={x(limit) > 330 ? 'end' : x(limit) < 70 ? 'start' : 'middle'}>{limitName} {signed(limit, 3)}</text>
    <text x={x(estimate.value)} y="16" fontSize="11" fill="var(--ink)" textAnchor="middle">{signed(estimate.value, digits)}</text>
  </svg>
}
