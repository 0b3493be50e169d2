/** `0.701 (0.688 to 0.714)`, without the interval where there is none; a dash without a value. */
export function showEstimate({ value, interval }: { value: number | null; interval: { low: number; high: number } | null }, digits = 3): string {
  if (value === null) return '—'
  return interval === null ? value.toFixed(digits) : `${value.toFixed(digits)} (${interval.low.toFixed(digits)} to ${interval.high.toFixed(digits)})`
}
