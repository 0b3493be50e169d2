import { relative } from 'node:path'
import type { Platform } from 'slipway'

interface Estimate { value: number; low: number; high: number }

/** What the tour measured; kept as a document, so that a second start can show it. */
export interface Summary {
  predictions: number
  /** Distinct sequences among them. */
  distinct: number
  /** Flights that were scheduled, and so asked about. */
  asked: number
  labelled: number
  auc: Estimate | null
  gate: { passed: boolean; difference: Estimate; reference: string; pValue: number }
  features: { compared: number; different: number }
  replays: { count: number; equal: number }
  verified: { ok: boolean; checked: { what: string; count: number }[]; problems: number }
  /** Milliseconds of single predictions over HTTP. */
  life: { seconds: number; happenings: number; resumedAt: number; singles: number; singleP50: number; singleP99: number }
  /** A prediction to trace and replay. */
  sample: string
  /** Of the start that ended the tour. */
  seconds: number
}

export function printSummary(s: Summary, url: string, platform: Platform, print: (line: string) => void): void {
  const n = (x: number): string => x.toLocaleString('en')
  const estimate = (e: Estimate | null): string => (e === null ? 'none' : `${e.value.toFixed(3)} (95 %: ${e.low.toFixed(3)} to ${e.high.toFixed(3)})`)
  const once = s.predictions === s.asked && s.distinct === s.asked
  const lines: [string, string][] = [
    ['Predictions', `${n(s.predictions)} of ${n(s.asked)} scheduled flights, ${once ? 'each in the journal once' : `${n(s.distinct)} distinct: NOT each once`}`],
    ['Stream', `${n(s.life.happenings)} pushes, predictions and truths in ${s.life.seconds.toFixed(1)} s${s.life.resumedAt > 0 ? ` (the last of several starts, from happening ${n(s.life.resumedAt)} on)` : ''}; ${n(s.life.singles)} single requests over HTTP, median ${s.life.singleP50.toFixed(1)} ms, 99 % within ${s.life.singleP99.toFixed(1)} ms`],
    ['Truth', `${n(s.labelled)} have come (${((100 * s.labelled) / s.predictions).toFixed(1)} %); cancelled flights never get one`],
    ['AUC', `${estimate(s.auc)} on ${n(s.labelled)} flights that it had never seen`],
    ['Gate', `${s.gate.passed ? 'passed' : 'refused'}: AUC ${s.gate.difference.value >= 0 ? '+' : ''}${s.gate.difference.value.toFixed(4)} against ${s.gate.reference} (${s.gate.difference.low.toFixed(4)} to ${s.gate.difference.high.toFixed(4)})`],
    ['Features', `${n(s.features.different)} differences between ${n(s.features.compared)} logged and recomputed values`],
    ['Replay', `${n(s.replays.equal)} of ${n(s.replays.count)} random predictions equal to the bit`],
    ['Verified', `${s.verified.ok ? 'everything' : `${n(s.verified.problems)} PROBLEMS`}: ${s.verified.checked.map(c => `${n(c.count)} ${c.what}`).join(', ')}`],
  ]
  print('')
  for (const [name, text] of lines) print(`  ${name.padEnd(12)}${text}`)
  print('')
  print(`tour complete${s.seconds > 0 ? ` (${s.seconds.toFixed(1)} s)` : ''}`)
  const home = relative(process.cwd(), platform.home.dir)
  const flag = home === '.slipway' ? '' : ` --home ${home.startsWith('..') ? platform.home.dir : home}`
  print('')
  print('Try next:')
  print(`  curl -s ${url}/api/v1/endpoints/flight-delay/predict -H 'content-type: application/json' \\`)
  print(`    -d '{"entities":{"flight":"my-flight","origin":"JFK","carrier":"B6","plane":"N805JB"},"request":{"origin":"JFK","dest":"BOS","carrier":"B6","distance":187,"scheduled_departure":"2013-05-01T12:30:00Z"}}'`)
  print(`  npx slipway trace ${s.sample}${flag}`)
  print(`  npx slipway replay ${s.sample}${flag}`)
}
