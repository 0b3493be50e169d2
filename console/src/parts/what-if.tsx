// The same release, asked again with other inputs. Nothing of it is recorded.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useEffect, useId, useState } from 'react'
import { send } from '../api/client.ts'
import { explanationQuery } from '../api/page-queries.ts'
import { endpointQuery, predictionsQuery } from '../api/queries.ts'
import type { Prediction, Value, WhatIf } from '../api/types.ts'
import { percent, value, words } from './format.ts'
import { Answer, Panel } from './panel.tsx'
import { Chip } from './refs.tsx'

const AT_FIRST = 4

export function WhatIfPanel({ prediction, label, threshold }: { prediction: Prediction; label: string; threshold: number | null }) {
  const [changes, setChanges] = useState<Record<string, Value>>({})
  const [added, setAdded] = useState<string[]>([])
  const chooser = useId()
  const settled = useSettled(useDeferredValue(changes), 60)
  const why = useQuery({ ...explanationQuery(prediction.id), retry: false }).data
  const recent = useQuery({ ...predictionsQuery({ endpoint: prediction.endpoint, limit: 200 }), meta: {}, staleTime: 300_000 }).data?.predictions ?? []
  const query = useQuery({
    queryKey: ['what-if', prediction.id, settled],
    queryFn: () => send<WhatIf>('POST', `/endpoints/${encodeURIComponent(prediction.endpoint)}/what-if`, { prediction: prediction.id, features: settled, release: prediction.release }),
    placeholderData: keepPreviousData, retry: false, staleTime: Number.POSITIVE_INFINITY,
  })
  const names = Object.keys(prediction.features)
  // What can be moved by degrees comes first.
  const weight = (c: { contribution: number; value: Value }): number => Math.abs(c.contribution) * (typeof c.value === 'number' ? 3 : 1)
  const strongest = why === undefined ? names : why.contributions.toSorted((a, b) => weight(b) - weight(a)).map(c => c.feature)
  const shown = [...strongest.slice(0, AT_FIRST), ...added.filter(n => !strongest.slice(0, AT_FIRST).includes(n))]
  const changed = Object.keys(changes).length

  return <Panel title="What if?" note="the same release, asked again as you move; nothing is recorded">
    <Answer query={query} nothing={<p className="soft">This server does not answer such questions yet.</p>}>{result => <>
      <div style={{ display: 'grid', gap: 10 }}>
        {shown.map(name => <Control key={name} name={name} was={prediction.features[name]} now={name in changes ? changes[name] : prediction.features[name]} seen={recent.map(p => p.features[name] ?? null)}
          onChange={v => { setChanges(before => { const next = { ...before, [name]: v }; if (Object.is(v, prediction.features[name])) delete next[name]; return next }) }} />)}
      </div>
      <p style={{ marginTop: 12 }} role="status">Chance of {label}: <b>{percent(prediction.output, 1)}</b>{changed === 0 ? ', as it was answered.' : <> → <b>{percent(result.output, 1)}</b> {result.decision === prediction.decision || prediction.decision === null ? <span className="quiet">the decision stays {prediction.decision === true ? 'yes' : 'no'}</span> : <Chip tone="warn">the decision would be {result.decision === true ? 'yes' : 'no'}{threshold === null ? '' : `, threshold ${percent(threshold)}`}</Chip>}</>}</p>
      <div className="acts">
        <label className="hide" htmlFor={chooser}>Change another input</label>
        <select id={chooser} value="" onChange={e => { if (e.target.value !== '') setAdded([...added, e.target.value]) }}><option value="">Change another input …</option>{names.filter(n => !shown.includes(n)).map(n => <option key={n} value={n}>{words(n)}</option>)}</select>
        {changed === 0 ? null : <button type="button" onClick={() => { setChanges({}) }}>As it was</button>}
      </div>
    <Flips prediction={prediction} names={names} seen={recent} />
    </>}</Answer>
  </Panel>
}

const GRID = 41

/** Which single input, moved alone over what was seen lately, would alter the decision, and how far. */
function Flips({ prediction, names, seen }: { prediction: Prediction; names: string[]; seen: Prediction[] }) {
  const { id, endpoint, release, decision, features } = prediction
  const moves = names.flatMap(name => {
    const was = features[name]
    const numbers = seen.map(p => p.features[name]).filter((v): v is number => typeof v === 'number')
    if (typeof was !== 'number' || numbers.length < 20) return []
    const low = Math.min(...numbers)
    const high = Math.max(...numbers)
    if (low === high) return []
    const whole = Number.isInteger(was) && numbers.every(Number.isInteger)
    return [...new Set(Array.from({ length: GRID }, (_, i) => { const v = low + ((high - low) * i) / (GRID - 1); return whole ? Math.round(v) : Number(v.toPrecision(3)) }))].map(to => ({ name, was, to, far: Math.abs(to - was) / (high - low) }))
  })
  const query = useQuery({
    queryKey: ['flips', id, moves.length],
    queryFn: async () => {
      const { outputs } = await send<{ outputs: number[] }>('POST', `/endpoints/${encodeURIComponent(endpoint)}/what-if`, { release, vectors: moves.map(m => ({ ...features, [m.name]: m.to })) })
      return outputs
    },
    enabled: decision !== null && moves.length > 0, retry: false, staleTime: Number.POSITIVE_INFINITY,
  })
  const threshold = useQuery(endpointQuery(endpoint)).data?.threshold
  if (query.data === undefined || threshold == null) return null
  const flips = moves.filter((_, i) => query.data[i] > threshold !== decision)
  const nearest = [...new Set(flips.map(f => f.name))].map(name => flips.filter(f => f.name === name).reduce((a, b) => (b.far < a.far ? b : a))).sort((a, b) => a.far - b.far).slice(0, 3)
  return <p className="small" style={{ marginTop: 10 }}>{nearest.length === 0 ? 'No single number, moved alone within what was seen lately, would alter the decision.' : <>Alone, this would alter the decision: {nearest.map((f, i) => <span key={f.name}>{i > 0 ? '; ' : ''}<b>{words(f.name)} {f.to > f.was ? '≥' : '≤'} {value(f.to)}</b> (is {value(f.was)})</span>)}.</>}</p>
}

/** A slider over what was seen lately; a list where the values are words. */
function Control({ name, was, now, seen, onChange }: { name: string; was: Value; now: Value; seen: Value[]; onChange: (value: Value) => void }) {
  const id = useId()
  const numbers = seen.filter((v): v is number => typeof v === 'number')
  const title = <span className="small">{words(name)}: <b style={{ color: 'var(--ink)' }}>{value(now)}</b>{Object.is(was, now) ? '' : ` (was ${value(was)})`}</span>
  if (typeof was === 'number' || (was === null && numbers.length > 0)) {
    const all = [...numbers, ...(typeof was === 'number' ? [was] : [])]
    // Before others are known, or where all are the same, it moves about its own value.
    const room = Math.max(...all) > Math.min(...all) ? 0 : Math.max(1, Math.round(Math.abs(all[0]) / 2))
    const low = Math.min(...all) - room
    const high = Math.max(...all) + room
    const whole = all.every(Number.isInteger)
    const step = whole ? 1 : Number(((high - low) / 200).toPrecision(1)) || 0.01
    return <div><label htmlFor={id}>{title}</label><input id={id} type="range" min={low} max={high} step={step} value={typeof now === 'number' ? now : low} onChange={e => { const v = Number(e.target.value); onChange(typeof was === 'number' && Math.abs(v - was) < step / 2 ? was : v) }} /></div>
  }
  const options = [...new Set([was, ...seen])].filter(v => v !== null).map(String).sort()
  return <div><label htmlFor={id}>{title}</label><br /><select id={id} value={now === null ? '' : String(now)} onChange={e => { const v = e.target.value; onChange(v === '' ? null : typeof was === 'boolean' ? v === 'true' : v) }}><option value="">missing</option>{options.map(o => <option key={o} value={o}>{o === 'true' ? 'yes' : o === 'false' ? 'no' : o}</option>)}</select></div>
}

/** The value once it has rested for `ms`. */
function useSettled<T>(current: T, ms: number): T {
  const [settled, setSettled] = useState(current)
  useEffect(() => {
    const timer = setTimeout(() => { setSettled(current) }, ms)
    return () => { clearTimeout(timer) }
  }, [current, ms])
  return settled
}
