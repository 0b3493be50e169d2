// What the tour measured: kept as a document, so that a second start can show it, and printed.
import { relative } from 'node:path'
import type { Platform } from 'slipway'
import type { Challenge, Verdict, Worse } from './challenge.ts'
import { nameTime, type Micros } from './plan.ts'
import type { BadFeed } from './bad-feed.ts'
import type { RollbackProof } from './rollback.ts'

interface Estimate { value: number; low: number; high: number }

/** One calendar week of life. */
export interface Week {
  from: Micros
  predictions: number
  labelled: number
  auc: Estimate | null
  /** Mean probability and the share that came late. */
  predicted: number | null
  observed: Estimate | null
  /** The input that moved most, beyond noise. */
  drift: { feature: string; beyondNoise: number } | null
  /** Inputs that moved by more than the limit for an alert. */
  drifted: number
  fallback: number
  releases: string[]
  /** Alerts that ask for something. */
  alerts: number
}

export interface Summary {
  predictions: number
  /** Distinct sequences among them. */
  distinct: number
  /** Flights that were scheduled, and so asked about. */
  asked: number
  labelled: number
  /** Predictions that are too old to get a truth any more. */
  never: number
  auc: Estimate | null
  april: Estimate | null
  weeks: Week[]
  gate: { passed: boolean; difference: Estimate; reference: string; pValue: number }
  alerts: { id: string; summary: string; state: string; since: Micros; resolvedAt: Micros | null }[]
  challenges: Challenge[]
  verdicts: Verdict[]
  worse: Worse | null
  rollback: RollbackProof | null
  /** Absent in a tour of before there was one. */
  badFeed?: BadFeed | null
  outage: { from: Micros; until: Micros; answered: number; byFallback: number; incidents: { id: string; title: string; state: string; openedAt: Micros; closedAt: Micros | null }[] } | null
  features: { compared: number; different: number }
  replays: { count: number; equal: number }
  verified: { ok: boolean; checked: { what: string; count: number }[]; problems: number }
  /** Milliseconds of single predictions over HTTP. */
  life: { seconds: number; happenings: number; singles: number; singleP50: number; singleP99: number }
  /** A prediction to trace and replay. */
  sample: string
  /** Of the start that ended the tour. */
  seconds: number
}

const n = (x: number): string => x.toLocaleString('en')
const share = (part: number, whole: number): string => (whole === 0 ? 'none' : `${((100 * part) / whole).toFixed(1)} %`)
const range = (e: Estimate | null, digits = 3): string => (e === null ? 'none' : `${e.value.toFixed(digits)} (95 %: ${e.low.toFixed(digits)} to ${e.high.toFixed(digits)})`)
const signed = (x: number, digits = 4): string => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(digits)}`

export function printSummary(s: Summary, url: string, platform: Platform, print: (line: string) => void): void {
  print('')
  printWeeks(s.weeks, print)
  print('')
  for (const [name, text] of facts(s)) print(`  ${name.padEnd(12)}${text}`)
  print('')
  print(`tour complete${s.seconds > 0 ? ` (${s.seconds.toFixed(1)} s)` : ''}`)
  const home = relative(process.cwd(), platform.home.dir)
  const flag = home === '.slipway' ? '' : ` --home ${home.startsWith('..') ? platform.home.dir : home}`
  print('')
  print('Try next:')
  print(`  curl -s ${url}/api/v1/endpoints/flight-delay/predict -H 'content-type: application/json' \\`)
  print(`    -d '{"entities":{"flight":"my-flight","origin":"JFK","carrier":"B6","plane":"N805JB"},"request":{"origin":"JFK","dest":"BOS","carrier":"B6","distance":187,"scheduled_departure":"2014-01-01T13:30:00Z"}}'`)
  print(`  npx slipway trace ${s.sample}${flag}`)
  print(`  npx slipway replay ${s.sample}${flag}`)
}

function facts(s: Summary): [string, string][] {
  const once = s.predictions === s.asked && s.distinct === s.asked
  const lines: [string, string][] = [
    ['Predictions', `${n(s.predictions)} of ${n(s.asked)} scheduled flights, ${once ? 'each in the journal once' : `${n(s.distinct)} distinct: NOT each once`}`],
    ['Stream', `${n(s.life.happenings)} pushes, predictions and truths in ${s.life.seconds.toFixed(1)} s; ${n(s.life.singles)} single requests over HTTP, median ${s.life.singleP50.toFixed(1)} ms, 99 % within ${s.life.singleP99.toFixed(1)} ms`],
    ['Truth', `${n(s.labelled)} have come (${share(s.labelled, s.predictions)}); ${n(s.never)} never will: cancelled and diverted flights`],
    ['AUC', `${range(s.auc)} on ${n(s.labelled)} flights that it had never seen; April ${range(s.april)}`],
    ['Gate', `${s.gate.passed ? 'passed' : 'refused'}: AUC ${signed(s.gate.difference.value)} against ${s.gate.reference} (${signed(s.gate.difference.low)} to ${signed(s.gate.difference.high)})`],
  ]
  for (const a of s.alerts) lines.push(['Alert', `since ${nameTime(a.since)}: ${a.summary}${a.resolvedAt === null ? '; still firing' : `; resolved ${nameTime(a.resolvedAt)}`}`])
  for (const { at, candidate } of s.challenges) {
    lines.push(['Retrained', `${nameTime(at)}: version ${candidate.version} on ${n(candidate.trained)} flights; gate ${candidate.gate.passed ? 'passed' : 'refused'}: AUC ${signed(candidate.gate.difference.value)} against ${candidate.gate.reference} (${signed(candidate.gate.difference.low)} to ${signed(candidate.gate.difference.high)}) on the same ${n(candidate.judged)} flights`])
    const verdict = s.verdicts.find(v => v.release === candidate.release)
    if (candidate.release === null) continue
    lines.push(verdict === undefined ? ['Trial', `release ${candidate.release} still answers its share as challenger`]
      : [verdict.swapped ? 'Swap' : 'Kept', `${nameTime(verdict.at)}: ${verdict.reason}`])
  }
  if (s.challenges.length === 0) lines.push(['Swap', 'none: no alert on quality asked for a candidate'])
  if (s.worse !== null) lines.push(['Worse', `version ${s.worse.candidate.version}, made worse on purpose, ${s.worse.candidate.gate.passed ? 'PASSED' : 'is refused'}: AUC ${signed(s.worse.candidate.gate.difference.value)} (${signed(s.worse.candidate.gate.difference.low)} to ${signed(s.worse.candidate.gate.difference.high)}); to release it all the same is refused: ${s.worse.refusal.split(':', 1)[0]}`])
  if (s.rollback !== null) lines.push(['Rollback', `${s.rollback.after} → ${s.rollback.before}: ${s.rollback.rows} rows ${s.rollback.restored ? 'equal byte for byte' : 'NOT EQUAL'}; undone: ${s.rollback.undone ? 'equal byte for byte' : 'NOT EQUAL'}`])
  if (s.badFeed != null) lines.push(['Undo', `${n(s.badFeed.pushed)} departures that never were, pushed and undone: the features of ${n(s.badFeed.rows)} flights ${s.badFeed.moved ? 'moved' : 'DID NOT MOVE'}, and are ${s.badFeed.restored ? 'equal byte for byte' : 'NOT EQUAL'} again; ${s.badFeed.plane} had flown to ${s.badFeed.lastFive.join(', ')}`])
  if (s.outage !== null) {
    const [incident] = s.outage.incidents
    lines.push(['Fallback', `${nameTime(s.outage.from)} to ${nameTime(s.outage.until)}: ${n(s.outage.byFallback)} of ${n(s.outage.answered)} answers by the fallback, each marked; ${incident === undefined ? 'NO incident' : `incident opened ${nameTime(incident.openedAt)}, ${incident.closedAt === null ? 'STILL OPEN' : `closed ${nameTime(incident.closedAt)}`}`}`])
  }
  lines.push(
    ['Features', `${n(s.features.different)} differences between ${n(s.features.compared)} logged and recomputed values`],
    ['Replay', `${n(s.replays.equal)} of ${n(s.replays.count)} random predictions equal to the bit`],
    ['Verified', `${s.verified.ok ? 'everything' : `${n(s.verified.problems)} PROBLEMS`}: ${s.verified.checked.map(c => `${n(c.count)} ${c.what}`).join(', ')}`],
  )
  return lines
}

/** One line a week: what came, how well it ranked, whether its probabilities were right, what moved. */
function printWeeks(weeks: readonly Week[], print: (line: string) => void): void {
  print('  Week of    predictions  with truth  AUC (95 %)              predicted  came late (95 %)       release  inputs that moved, the most (sd or JS beyond noise)')
  for (const w of weeks) {
    const auc = w.auc === null ? 'none'.padEnd(21) : `${w.auc.value.toFixed(3)} (${w.auc.low.toFixed(3)} to ${w.auc.high.toFixed(3)})`
    const release = w.releases.map(r => Number(r.slice(r.indexOf('@') + 1))).join('+')
    print(`  ${nameTime(w.from)} ${n(w.predictions).padStart(11)} ${share(w.labelled, w.predictions).padStart(11)}  ${auc.padEnd(22)} ${percent(w.predicted)}  ${percentRange(w.observed).padEnd(23)} ${release.padStart(5)}  ${String(w.drifted).padStart(2)}${w.drift === null ? '' : `, ${w.drift.feature} ${w.drift.beyondNoise.toFixed(2)}`}${w.alerts > 0 ? '  ▲ alert' : ''}`)
  }
}

function percentRange(e: Estimate | null): string { return e === null ? '' : `${(100 * e.value).toFixed(1)} % (${(100 * e.low).toFixed(1)} to ${(100 * e.high).toFixed(1)})` }

function percent(x: number | null): string { return (x === null ? '' : `${(100 * x).toFixed(1)} %`).padStart(9) }
