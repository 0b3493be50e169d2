import type { FeatureOrigin } from '../api/types.ts'
import { between, clock, day, moment, value, words } from './format.ts'
import { Table } from './table.tsx'
import { useLens } from './view.ts'

export function FeatureTable({ features, at }: { features: FeatureOrigin[]; at: string }) {
  const lens = useLens()
  return <Table caption="Inputs of the model with their origin" stack="terse" rows={features} id={f => f.name} columns={[
    { name: 'Input', cell: f => lens === 'developer' ? <code className="nowrap">{f.name}</code> : words(f.name) },
    { name: 'Value', right: true, cell: f => (f.value === null ? <span className="quiet">missing</span> : <b>{value(f.value)}</b>) },
    { name: 'Comes from', full: true, cell: origin },
    { name: 'Covers, UTC', optional: true, cell: f => <span className="small nowrap">{reach(f, at)}</span> },
  ]} />
}

function origin(f: FeatureOrigin) {
  if (f.from === 'request') return 'the request'
  if (f.from === 'on-demand') return <>computed from {f.inputs?.join(', ')} <span className="small dev">{f.export}()</span></>
  return <>{f.rule === 'latest' || f.rule?.startsWith('latest') ? '' : `${f.rule} of `}{f.column ?? 'rows'} in {f.source} <span className="small">{f.entity} {value(f.key)}</span></>
}

/** Which stretch of time it covers: it ends with the prediction, always. */
function reach(f: FeatureOrigin, at: string): string {
  if (f.from !== 'view') return 'the moment of asking'
  if (f.until == null) return 'static: always known'
  if (f.after == null) return `all up to ${clock(f.until)}`
  return `${day(f.after) === day(at) ? clock(f.after) : moment(f.after)} to ${clock(f.until)}, ${between(f.after, f.until)}`
}
