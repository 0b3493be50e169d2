import type { Estimate } from '../api/types.ts'
import { fixed, signed } from './format.ts'

/** A figure is never alone: its interval stands beside it. */
export function Figure({ estimate, digits = 3, sign }: { estimate: Estimate; digits?: number; /** For differences. */ sign?: boolean }) {
  const write = sign === true ? signed : fixed
  return <span className="nowrap"><b>{write(estimate.value, digits)}</b> <span className="small">{write(estimate.low, digits)} – {write(estimate.high, digits)}</span></span>
}
