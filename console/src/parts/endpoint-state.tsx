import type { EndpointOverview } from '../api/types.ts'
import { fixed } from './format.ts'
import { Chip, type Tone } from './refs.tsx'

export interface Judgement { tone: Tone; sign?: string; word: string; sentence: string; /** Worst first. */ rank: number }

/** How an endpoint stands. An interval that holds the limit is no finding. */
export function judge(e: EndpointOverview): Judgement {
  const { quality } = e
  if (e.incidents.length > 0) return { tone: 'bad', word: 'incident open', sentence: `an incident is open: ${e.incidents[0].title}`, rank: 6 }
  if (quality?.value != null && quality.limit !== null && quality.value.high < quality.limit) return { tone: 'bad', word: 'below limit', sentence: `its quality is below the limit (AUC ${fixed(quality.value.value)}, limit ${fixed(quality.limit)})`, rank: 5 }
  // A note asks for nobody.
  const firing = e.alerts.filter(a => a.state === 'firing' && a.severity !== 'info')
  if (firing.some(a => a.severity === 'page')) return { tone: 'bad', word: 'alert', sentence: 'an alert asks for somebody now', rank: 5 }
  if (e.serving.length === 0 && e.predictions === 0) return { tone: 'wait', word: 'not deployed', sentence: `${e.name} waits for its first release`, rank: 2 }
  if (firing.length > 0) return { tone: 'warn', word: firing.length === 1 ? '1 alert' : `${firing.length} alerts`, sentence: 'there are alerts to look at', rank: 3 }
  if (quality?.value != null && quality.limit !== null && quality.value.low < quality.limit) return { tone: 'good', sign: '≈', word: 'at its limit', sentence: 'its quality cannot be told from the limit yet', rank: 1 }
  if (quality === null) return { tone: 'plain', word: 'no traffic yet', sentence: 'nobody has asked it yet', rank: 0 }
  if (quality.value === null) return { tone: 'plain', word: 'no truth yet', sentence: 'its quality is not known yet', rank: 0 }
  return { tone: 'good', word: quality.limit === null ? 'answers' : 'above limit', sentence: 'nothing is wrong', rank: 0 }
}

export function EndpointState({ endpoint }: { endpoint: EndpointOverview }) {
  const { tone, sign, word, sentence } = judge(endpoint)
  return <Chip tone={tone} sign={sign} title={sentence}>{word}</Chip>
}
