import { value } from './format.ts'

/** How numbers lie, in one line of a table. Its ends are said in words. */
export function Histogram({ bins, width = 150 }: { bins: { from: number; to: number; count: number }[]; width?: number }) {
  const height = 26
  const most = Math.max(1, ...bins.map(b => b.count))
  const step = width / bins.length
  const peak = bins.reduce((best, b) => (b.count > best.count ? b : best), bins[0])
  const label = `from ${value(bins[0].from)} to ${value(bins[bins.length - 1].to)}, most near ${value((peak.from + peak.to) / 2)}`
  return <span style={{ display: 'inline-flex', flexDirection: 'column' }}>
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      {bins.map((b, i) => { const h = b.count === 0 ? 0 : Math.max(1, (b.count / most) * (height - 2)); return <rect key={i} x={i * step + 0.5} y={height - 1 - h} width={Math.max(1, step - 1)} height={h} fill="var(--accent)" opacity=".75" /> })}
      <path d={`M0 ${height - 0.5}H${width}`} stroke="var(--line-strong)" />
    </svg>
    <span className="small" style={{ display: 'flex', justifyContent: 'space-between', width }} aria-hidden="true"><span>{value(bins[0].from)}</span><span>{value(bins[bins.length - 1].to)}</span></span>
  </span>
}
