import '../styles/prediction.css'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { explanationQuery } from '../api/page-queries.ts'
import type { Explanation, Prediction } from '../api/types.ts'
import { percent, signed, value, words } from './format.ts'
import { Answer, Panel } from './panel.tsx'
import { useLens } from './view.ts'

const SHOWN = 7

/** What moved this answer away from the usual one. */
export function WhyPanel({ prediction }: { prediction: Prediction }) {
  const answered = prediction.fallback === false || prediction.fallback === ''
  const query = useQuery({ ...explanationQuery(prediction.id), retry: false, enabled: answered })
  const lens = useLens()
  const e = query.data
  return <Panel title="Why?" note={e === undefined ? undefined : lens === 'business' ? 'what pushed the risk up, and what down' : `${e.method}, ${e.link === 'logit' ? 'log-odds' : 'score'}, base ${signed(e.base, 2)}`}
    foot={e === undefined || lens === 'business' ? undefined : <>Base {signed(e.base, 2)} and all contributions add up to {signed(e.raw, 2)}{e.link === 'logit' ? `, which is ${percent(e.output, 1)}` : ''}: nothing is left over.</>}>
    {!answered ? <p className="soft">Its fallback answered, not the model: there is nothing to explain.</p> : <Answer query={query} lines={7} nothing={<p className="soft">There is no explanation of this prediction.</p>}>{found => <WhyBars explanation={found} />}</Answer>}
  </Panel>
}

export function WhyBars({ explanation, shown = SHOWN }: { explanation: Explanation; shown?: number }) {
  const [all, setAll] = useState(false)
  const plain = useLens() === 'business'
  const sorted = explanation.contributions.toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
  const top = all ? sorted : sorted.slice(0, shown)
  const rest = sorted.slice(top.length)
  const others = rest.reduce((sum, c) => sum + c.contribution, 0)
  const most = Math.max(...sorted.map(c => Math.abs(c.contribution)), Math.abs(others), 1e-9)
  return <>
    <dl className="why">
      {top.map(c => <Bar key={c.feature} name={`${words(c.feature)} = ${value(c.value)}`} amount={c.contribution} most={most} plain={plain} />)}
      {rest.length === 0 ? null : <Bar name={`${rest.length} others`} amount={others} most={most} plain={plain} />}
    </dl>
    {sorted.length <= shown ? null : <button type="button" className="plain" onClick={() => { setAll(!all) }}>{all ? 'Only the strongest' : `All ${sorted.length}`}</button>}
  </>
}

function Bar({ name, amount, most, plain }: { name: string; amount: number; most: number; plain: boolean }) {
  const width = (Math.abs(amount) / most) * 49
  return <>
    <dt>{name}</dt>
    <dd className="track" aria-hidden="true"><i style={amount >= 0 ? { left: '50%', width: `${width}%`, background: 'var(--plus)' } : { right: '50%', width: `${width}%`, background: 'var(--minus)' }} /></dd>
    <dd className="r">{plain ? amount >= 0 ? 'raises' : 'lowers' : signed(amount, 2)}</dd>
  </>
}
