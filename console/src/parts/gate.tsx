import type { Gate } from '../api/types.ts'
import { Figure } from './figure.tsx'
import { count, percent, referenceWords, signed } from './format.ts'
import { IntervalBar } from './interval-bar.tsx'
import { useLens } from './view.ts'

/** What the gate measured, and what it could have found. */
export function GateFacts({ gate }: { gate: Gate }) {
  const business = useLens() === 'business'
  return <>
    <IntervalBar estimate={gate.difference} limit={gate.margin} limitName="margin" />
    <dl className="facts">
      <div><dt>Candidate</dt><dd>AUC <Figure estimate={gate.candidate} /></dd></div>
      <div><dt>{referenceWords(gate.reference)}</dt><dd>AUC <Figure estimate={gate.referenceValue} /></dd></div>
      <div><dt>Difference</dt><dd><Figure estimate={gate.difference} digits={4} sign /><span className="small">{percent(1 - gate.alpha)} interval, must exceed {signed(gate.margin)}</span></dd></div>
      <div><dt>Rests on</dt><dd>{count(gate.rows)} rows<span className="small">{count(gate.positives)} with the event, held out in time</span></dd></div>
      {business ? null : <div><dt>Could have found</dt><dd>{signed(gate.detectable, 4)}<span className="small">the least difference seen with 80 % power</span></dd></div>}
      {business ? null : <div><dt>p value</dt><dd>{gate.pValue < 1e-4 ? gate.pValue.toExponential(1) : gate.pValue.toFixed(4)}<span className="small">{gate.test}</span></dd></div>}
    </dl>
  </>
}
