// The chain of one prediction for people: one link a block, what is missing said in place.
import type { Json } from '../core/canonical.ts'
import { formatTime } from '../core/time.ts'
import type { FeatureOrigin, Trace, TraceStep } from '../production/index.ts'
import { shorten } from './show-differences.ts'
import { alignRows, type Terminal } from './terminal.ts'

type Details = { [key: string]: Json | undefined }

/** Names and sizes of dataset versions, by id: the chain itself has only their digests. */
export type DatasetNames = ReadonlyMap<string, { name: string; rows: number; files: string[] }>

export function showTrace(trace: Trace, t: Terminal, options: { features: boolean; datasets: DatasetNames }): void {
  const { id, endpoint, output, decision, steps, features, missing } = trace
  t.print(`${t.bold(endpoint)} answered ${t.bold(String(output))}${decision === null ? '' : decision ? `, ${t.warn('yes')}` : `, ${t.good('no')}`}  ${t.dim(id)}`)
  t.print()
  steps.forEach((step, i) => {
    const last = i === steps.length - 1
    const mark = step.missing === undefined ? t.good('●') : t.warn('○')
    const digest = step.digest === null ? '' : `sha256 ${step.digest.slice(0, 12)}`
    const covered = step.ledger === null ? '' : `ledger ${step.ledger}`
    t.print(`${mark} ${t.bold(step.step)}  ${shorten(step.subject)}  ${t.dim([digest, covered].filter(Boolean).join(', '))}`)
    const rail = last ? ' ' : t.dim('│')
    for (const line of [...linesOf(step), ...datasetLines(step, options.datasets)]) t.print(`${rail}   ${line}`)
    if (step.missing !== undefined) t.print(`${rail}   ${t.warn(step.missing)}`)
    if (step.step === 'features') for (const line of options.features ? featureLines(features, t, String(steps[0].details.eventTime ?? '')) : [t.dim(`${features.length} values`)]) t.print(`${rail}   ${line}`)
    if (!last) t.print(rail)
  })
  t.print()
  if (missing.length === 0) t.print(`${t.good('✓')} Every link is there, and each is as the ledger recorded it.`)
  else for (const text of missing) t.print(`${t.warn('!')} ${text}`)
}

/** What a reader asks of each link. */
function linesOf({ step, details: d }: TraceStep): string[] {
  switch (step) {
    case 'prediction': return [
      `asked for ${d.eventTime} by ${d.caller}, recorded ${d.recordedAt} at sequence ${number(d.sequence)}`,
      `entities ${pairs(d.entities)}`,
      `request  ${pairs(d.request)}`,
    ]
    case 'features': return [`read at journal position ${number(d.asOf)}; on-demand code ${short(d.onDemand)}`]
    case 'fallback': return [`${d.kind === 'previous' ? 'the release before it answered' : d.kind === 'rule' ? `a rule answered: ${pairs(d.rule)}` : 'the default answered'}, because of ${d.fault}`]
    case 'content': return [`${d.format} model ${short(d.model)}, threshold ${d.threshold ?? 'none'}`]
    case 'release': return [`${d.zip}, made ${d.created} by ${d.actor}`]
    case 'gate': {
      if (d.difference === undefined) return []
      const e = d.difference as unknown as { value: number; low: number; high: number }
      return [`${d.passed === true ? 'passed' : 'refused'}: AUC ${signed(e.value)} (${signed(e.low)} to ${signed(e.high)}) over ${d.reference} on ${number(d.rows)} rows, p ${Number(d.pValue).toPrecision(3)}`]
    }
    case 'approval': return d.actor === undefined ? [] : [`${d.approved === true ? 'approved' : 'rejected'} by ${d.actor}, ${d.at}: ${d.reason}`]
    case 'waiver': return [`by ${d.actor} until ${d.until}: ${d.reason}`]
    case 'run': return [`${d.learner}, seed ${d.seed}${d.params === undefined || d.params === null || Object.keys(d.params as object).length === 0 ? '' : `, ${pairs(d.params)}`}`]
    case 'deployment': return d.at === undefined ? [] : [`by ${d.actor}, ${d.at}; ${d.role}${typeof d.share === 'number' ? ` with ${percent(d.share)} of the traffic` : ''}; ledger size ${number(d.ledgerSize)} at the prediction`]
    case 'outcome': return d.name === undefined ? [] : [`${d.name} = ${d.value === null ? 'taken back' : d.value}, known ${d.knownAt}${Array.isArray(d.history) && d.history.length > 1 ? `; ${d.history.length} labels came` : ''}`]
    default: return general(d)
  }
}

function datasetLines({ subject }: TraceStep, datasets: DatasetNames): string[] {
  const found = datasets.get(subject.slice('datasetVersion/'.length))
  return found === undefined ? [] : [`${found.name}: ${found.rows.toLocaleString('en')} rows in ${found.files.join(', ')}`]
}

function general(d: Details): string[] {
  const shown = Object.entries(d).filter(([name, v]) => v !== undefined && v !== null && name !== 'contentDigest')
  return shown.length === 0 ? [] : [shown.map(([name, v]) => `${name} ${shorten(v as Json)}`).join(', ')]
}

function featureLines(features: readonly FeatureOrigin[], t: Terminal, eventTime: string): string[] {
  return alignRows(features.map(f => [f.name, f.value === null ? t.dim('missing') : String(f.value), t.dim(originOf(f, eventTime.slice(0, 10)))]))
}

/** Times are ISO text here: they came over the wire. Those of the prediction's own day are shown without it. */
function originOf(f: FeatureOrigin, day: string): string {
  const time = (iso: unknown): string => { const text = String(iso); return text.startsWith(`${day}T`) ? text.slice(11, -1) : text }
  if (f.from === 'request') return 'from the request'
  if (f.from === 'on-demand') return `${f.export}(${f.inputs.join(', ')})`
  const range = f.until === null ? 'static' : f.after === null ? `up to ${time(f.until)}` : `(${time(f.after)}, ${time(f.until)}]`
  return `${f.rule}${f.column === null ? '' : ` of ${f.column}`}, ${f.entity} ${f.key ?? 'unknown'}, ${range}`
}

function pairs(value: Json | undefined): string {
  return value === null || value === undefined ? 'none' : Object.entries(value as Details).map(([k, v]) => `${k}=${v === null ? 'missing' : readable(v)}`).join(' ')
}

/** Microseconds of this century are shown as a time beside the number that was sent. */
function readable(v: Json | undefined): string {
  return typeof v === 'number' && Number.isInteger(v) && v > 1e15 && v < 5e15 ? `${v} (${formatTime(v)})` : String(v)
}
function number(value: Json | undefined): string { return typeof value === 'number' ? value.toLocaleString('en') : String(value ?? 'unknown') }
function short(value: Json | undefined): string { return typeof value === 'string' ? value.slice(0, 12) : 'none' }
function percent(share: number): string { return `${Number((share * 100).toPrecision(3))} %` }
function signed(n: number): string { return `${n >= 0 ? '+' : ''}${n.toFixed(4)}` }
