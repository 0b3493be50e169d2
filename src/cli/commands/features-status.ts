import type { ServiceDefinition, ViewDefinition } from '../../core/definition.ts'
import { formatDuration } from '../../core/time.ts'
import { command } from '../command.ts'
import { withConnection } from '../connection.ts'
import { alignRows } from '../terminal.ts'

interface Status {
  views: ViewDefinition[]
  services: ServiceDefinition[]
  online: { lateness: number; sources: { source: string; kind: string; rows: number; keys: Record<string, number>; watermark: string | null; bytes: number; bytesPerKey: number; keptBytes: number }[]; kept: { backend: string; position: number; bytes: number | null; fault: string | null } }
}

/** slipway features status */
export const featuresStatus = command({
  name: 'features status',
  description: 'Shows feature views, services, and what online state holds',
  examples: ['slipway features status', 'slipway features status --json'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const status = await connection.call<Status>('GET', '/api/v1/features')
    if (args.json) { t.print(JSON.stringify(status)); return }
    const { views, services, online } = status
    if (views.length === 0) { t.print('No feature views are registered. `slipway apply` registers a project\'s.'); return }
    t.print(t.bold('Views'))
    for (const line of alignRows(views.map(v => [v.name, `by ${[v.entity].flat().join(', ')}`, `from ${v.source}`, v.kind, t.dim(v.features.map(f => f.name).join(', '))]), { indent: '  ' })) t.print(line)
    t.print()
    t.print(t.bold('Services'))
    for (const line of alignRows(services.map(s => [s.name, `${s.features.length} features of views, ${s.request.length} of the request, ${s.onDemand?.functions.length ?? 0} on demand`]), { indent: '  ' })) t.print(line)
    t.print()
    t.print(`${t.bold('Online state')}  ${t.dim(`exact up to ${formatDuration(online.lateness)} late`)}`)
    if (online.sources.length === 0) t.print('  nothing yet: it is filled by pushes and by materialization')
    const size = (bytes: number): string => (bytes > 1 << 20 ? `${(bytes / (1 << 20)).toFixed(1)} MB` : `${Math.ceil(bytes / 1024)} KB`)
    const perKey = (bytes: number, keys: Record<string, number>): string => `${Math.round(bytes / Math.max(1, ...Object.values(keys)))} B a key`
    for (const line of alignRows(online.sources.map(s => [s.source, s.kind, `${s.rows.toLocaleString('en')} rows`, Object.entries(s.keys).map(([k, n]) => `${n.toLocaleString('en')} ${k}`).join(', '), `${size(s.bytes)} in memory, ${s.bytesPerKey} B a key`, s.keptBytes === 0 ? '' : `${size(s.keptBytes)} kept, ${perKey(s.keptBytes, s.keys)}`, t.dim(s.watermark === null ? '' : `up to ${s.watermark}`)]), { indent: '  ', right: [2] })) t.print(line)
    const { kept } = online
    t.print(`  kept in ${kept.backend}${kept.position === 0 ? ': nothing yet' : `, as of position ${kept.position.toLocaleString('en')}`}${kept.bytes === null ? '' : `, ${size(kept.bytes)} in all`}`)
    if (kept.fault !== null) t.print(`  ${t.bad('not saved:')} ${kept.fault}`)
  }),
})
