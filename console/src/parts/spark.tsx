/** A small line of counts. What it says in words stands beside it. */
export function Spark({ counts, label, width = 112 }: { counts: number[]; label: string; width?: number }) {
  const height = 28
  const most = Math.max(1, ...counts)
  const x = (i: number): number => 1 + (i / Math.max(1, counts.length - 1)) * (width - 2)
  const y = (n: number): number => height - 2 - (n / most) * (height - 5)
  const line = counts.map((n, i) => `${i === 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(n).toFixed(1)}`).join('')
  return <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
    <path d={`${line}L${x(counts.length - 1)} ${height - 1}L1 ${height - 1}Z`} fill="var(--accent-soft)" />
    <path d={line} fill="none" stroke="var(--accent)" strokeWidth="1.5" strokeLinejoin="round" />
  </svg>
}
