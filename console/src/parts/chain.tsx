// The chain of one prediction as people read it: each link says what it is, with the ledger entry that covers it.
import '../styles/prediction.css'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Estimate, Prediction, Trace, TraceStep } from '../api/types.ts'
import { count, list, moment, referenceWords, releaseName, short, signed } from './format.ts'
import { LedgerRef, SubjectLink, VersionLink } from './refs.tsx'
import { useLens } from './view.ts'

export function Chain({ trace, prediction }: { trace: Trace; prediction: Prediction }) {
  const datasets = trace.steps.filter(s => s.step === 'dataset version')
  const steps = trace.steps.filter(s => s.step !== 'dataset version' && s.step !== 'outcome')
  return <ol className="chain">
    {steps.map(step => <Step key={step.subject} step={step} prediction={prediction} trace={trace} />)}
    {datasets.length === 0 ? null : <Item ok={datasets.every(d => d.missing === undefined)} side={<span className="mono small">{datasets.map((d, i) => <span key={d.subject}>{i > 0 ? ' ' : ''}<LedgerRef index={d.ledger} /></span>)}</span>}>
      <b>{datasets.length} dataset version{datasets.length === 1 ? '' : 's'}</b><div className="small">{datasets.map((d, i) => <span key={d.subject}>{i > 0 ? ', ' : ''}<SubjectLink subject={d.subject} /></span>)}</div>
    </Item>}
  </ol>
}

function Item({ ok, side, children }: { ok: boolean; side: ReactNode; children: ReactNode }) {
  return <li><span className={ok ? 'dot' : 'dot open'}><span aria-hidden="true">{ok ? '✓' : '…'}</span><span className="hide">{ok ? 'recorded' : 'open'}</span></span><div>{children}</div><span>{side}</span></li>
}

function Step({ step, prediction, trace }: { step: TraceStep; prediction: Prediction; trace: Trace }) {
  const business = useLens() === 'business'
  const [title, detail] = describe(step, prediction, trace)
  const where = step.step === 'prediction'
    ? <span className="mono small r" style={{ display: 'block' }}>{typeof step.details.segment === 'string' ? <>row {count(prediction.sequence)}<br /><LedgerRef index={step.ledger} /></> : <>row {count(prediction.sequence)}<br />not yet sealed</>}</span>
    : step.step === 'fallback' ? null : <LedgerRef index={step.ledger} />
  return <Item ok={step.missing === undefined} side={where}>
    {title}
    {detail === null ? null : <div className="small">{detail}</div>}
    {step.missing === undefined ? null : <div className="small">{step.missing}</div>}
    {business || step.digest === null ? null : <div className="small dev">SHA-256 <code title={step.digest}>{short(step.digest)}</code></div>}
  </Item>
}

function describe({ step, subject, details }: TraceStep, prediction: Prediction, trace: Trace): [ReactNode, ReactNode] {
  const text = (name: string): string => String(details[name] ?? '')
  const id = subject.slice(subject.indexOf('/') + 1)
  switch (step) {
    case 'prediction': return [<><b>Prediction</b> {moment(prediction.eventTime)} UTC</>, `${prediction.endpoint}, ${prediction.role}; recorded by ${prediction.caller}`]
    case 'features': return [<><b>{trace.features.length} features</b>, none from after the prediction</>, `service ${id}: ${list((details.views as string[] | undefined) ?? [])}${prediction.asOf === null ? '' : `; state of journal position ${count(prediction.asOf)}`}`]
    case 'fallback': return [<><b>Fallback</b>: what answered in the model's place</>, 'declared with the endpoint, packed with the release']
    case 'content': return [<><b>Content</b>: all that computes the answer</>, <>model {text('format')}, {details.threshold == null ? 'no threshold' : `threshold ${text('threshold')}`}</>]
    case 'release': return [<b><Link to="/endpoints/$name" params={{ name: prediction.endpoint }} hash={`release-${prediction.release}`}>{releaseName(id)[0].toUpperCase() + releaseName(id).slice(1)}</Link></b>, `made by ${text('actor')}`]
    case 'gate': {
      const difference = details.difference as unknown as Estimate | undefined
      return [<><b>Gate</b> {difference === undefined ? '' : `${signed(difference.value)} AUC over ${referenceWords(text('reference'))}`} {difference === undefined ? null : <span className="small">({signed(difference.low)} to {signed(difference.high)})</span>}</>, details.rows === undefined ? null : `${count(Number(details.rows))} rows held out in time, margin ${text('margin')}`]
    }
    case 'approval': return [<><b>Approval</b> {details.actor === undefined ? '' : `by ${text('actor')}`}</>, text('reason') || null]
    case 'waiver': return [<><b>Waiver</b> by {text('actor')}</>, text('reason')]
    case 'model version': { const m = /^(.+)@0*(\d+)$/.exec(id); return [<><b>Model version</b> {m === null ? id : <VersionLink model={m[1]} version={Number(m[2])} />}</>, null] }
    case 'run': return [<><b>Training run</b></>, <>{text('learner')}, seed {text('seed')} <span className="dev mono">{id}</span></>]
    case 'training set': return [<><b>Training set</b> <SubjectLink subject={subject} /></>, 'only what was known at each moment']
    case 'deployment': return [<><b>Deployment</b> {text('action')} by {text('actor')}</>, details.at === undefined ? null : `in force when the prediction was made`]
    default: return [<b>{step}</b>, subject]
  }
}
