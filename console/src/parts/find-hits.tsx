// A prediction by id, an endpoint or model by name, an entity by its key, a ledger entry by number.
import '../styles/find.css'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { endpointsQuery, modelsQuery, predictionsQuery } from '../api/queries.ts'
import { moment } from './format.ts'

export interface Hit { key: string; what: string; name: string; go: () => void }

/** Shows nothing itself: tells what it finds. */
export function FindHits({ wanted, onHits }: { wanted: string; onHits: (hits: Hit[]) => void }) {
  const navigate = useNavigate()
  // Asked for when the typing rests: the key of the entity that an endpoint predicts for.
  const [rested, setRested] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => { setRested(wanted) }, 300)
    return () => { clearTimeout(timer) }
  }, [wanted])
  const endpoints = useQuery(endpointsQuery()).data?.endpoints
  const models = useQuery(modelsQuery()).data?.models
  const byKey = useQuery({ ...predictionsQuery({ labelKey: rested, limit: 3 }), enabled: rested.length > 2 && !rested.startsWith('pred_') }).data?.predictions

  useEffect(() => {
    const contains = (name: string): boolean => name.toLowerCase().includes(wanted.toLowerCase())
    const show = (id: string) => (): void => { void navigate({ to: '/predictions/$id', params: { id } }) }
    const index = /^#?(\d+)$/.exec(wanted)?.[1]
    onHits([
      ...(/^pred_\w+$/.test(wanted) ? [{ key: 'prediction', what: 'prediction', name: wanted, go: show(wanted) }] : []),
      ...(index === undefined ? [] : [{ key: 'entry', what: 'ledger entry', name: `#${index}`, go: () => { void navigate({ to: '/audit/$index', params: { index } }) } }]),
      ...(endpoints ?? []).filter(e => contains(e.name)).map(e => ({ key: `e ${e.name}`, what: 'endpoint', name: e.name, go: () => { void navigate({ to: '/endpoints/$name', params: { name: e.name } }) } })),
      ...(models ?? []).filter(m => contains(m.name)).map(m => ({ key: `m ${m.name}`, what: 'model', name: m.name, go: () => { void navigate({ to: '/models/$model', params: { model: m.name } }) } })),
      ...(rested === wanted ? byKey ?? [] : []).map(p => ({ key: p.id, what: `prediction, ${moment(p.eventTime)}`, name: p.labelKey ?? p.id, go: show(p.id) })),
      { key: 'all', what: 'predictions', name: `of entity ${wanted}`, go: () => { void navigate({ to: '/predictions', search: { entity: wanted } }) } },
    ])
  }, [wanted, rested, endpoints, models, byKey, navigate, onHits])
  return null
}
