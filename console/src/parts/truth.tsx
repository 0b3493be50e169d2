import type { Prediction } from '../api/types.ts'
import { between, value } from './format.ts'
import { Chip } from './refs.tsx'
import { fallbackWords } from './words.ts'

/** What became of it, and whether the decision was right. */
export function TruthChip({ prediction: { truth, decision, eventTime } }: { prediction: Prediction }) {
  const [latest] = truth
  if (latest === undefined) return <span className="quiet">not known yet</span>
  if (latest.value === null) return <span className="quiet">taken back</span>
  const came = latest.value === 1 ? latest.name : latest.value === 0 ? `not ${latest.name}` : `${latest.name} ${value(latest.value)}`
  const after = `known ${between(eventTime, latest.knownAt)} after the prediction`
  if (decision === null) return <Chip title={after}>{came}</Chip>
  const right = decision === (latest.value === 1)
  return <Chip tone={right ? 'good' : 'warn'} sign={right ? '✓' : '×'} title={`${right ? 'The decision was right' : 'The decision was wrong'}; ${after}`}>{came}</Chip>
}

/** Something other than the model answered. */
export function FallbackChip({ fallback }: { fallback: boolean | string }) {
  if (fallback === false || fallback === '') return null
  return <Chip tone="warn" title="The model could not answer; this is what the endpoint declares for that case">{typeof fallback === 'string' ? `fallback: ${fallbackWords(fallback)}` : 'fallback'}</Chip>
}
