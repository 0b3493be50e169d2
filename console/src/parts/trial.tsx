import type { TrialArm, TrialReport } from '../api/types.ts'
import { Figure } from './figure.tsx'
import { count, day, fixed, percent, releaseName, signed } from './format.ts'
import { Panel } from './panel.tsx'
import { Chip } from './refs.tsx'
import { Table } from './table.tsx'

const VERDICT = { swap: ['good', 'swap: it may take over'], keep: ['bad', 'keep the champion'], continue: ['wait', 'goes on'] } as const

/** Challenger against champion, each on the outcomes of its own share. */
export function TrialPanel({ trial }: { trial: TrialReport }) {
  const [tone, word] = VERDICT[trial.verdict]
  const arms = [{ name: 'champion', ...trial.champion }, { name: 'challenger', ...trial.challenger }]
  return <Panel title={trial.now >= trial.ends ? 'Was the challenger better?' : 'Is the challenger better?'} note={<>from {day(trial.from)} to {day(trial.ends)} · <Chip tone={tone}>{word}</Chip></>} flush
    foot={<>The {percent(1 - trial.alpha)} intervals hold at every look, however often one looks (always valid). {trial.sampleRatio.warning ? <b>The split is not what was asked for: {percent(trial.sampleRatio.observed)} in place of {percent(trial.sampleRatio.expected)} (p {trial.sampleRatio.pValue.toExponential(1)}); find out why before believing this.</b> : `The split is as asked for: ${percent(trial.sampleRatio.observed, 1)} of ${percent(trial.sampleRatio.expected)}.`}</>}>
    <div className="in">
      <p>{trial.reason.replaceAll(trial.challenger.release, releaseName(trial.challenger.release)).replaceAll(trial.champion.release, releaseName(trial.champion.release))}</p>
      <dl className="facts">
        <div><dt>Brier, challenger less champion</dt><dd><Figure estimate={trial.difference} digits={4} sign /><span className="small">below 0 is better; may lose {signed(trial.margin, 4).slice(1)} at the end</span></dd></div>
        {trial.aucDifference === null ? null : <div><dt>AUC, challenger less champion</dt><dd><Figure estimate={trial.aucDifference} digits={4} sign /></dd></div>}
      </dl>
    </div>
    <Table caption="Champion and challenger" rows={arms} id={a => a.name} columns={[
      { name: 'Role', cell: (a: TrialArm & { name: string }) => <b>{a.name}</b> }, { name: 'Release', cell: a => releaseName(a.release) }, { name: 'Share', right: true, cell: a => percent(a.share) },
      { name: 'Labels', right: true, cell: a => <>{count(a.labelled)} <span className="small">of {count(a.predictions)}</span></> }, { name: 'Brier', right: true, cell: a => (a.brier === null ? '' : fixed(a.brier, 4)) }, { name: 'AUC', cell: a => (a.auc === null ? '' : <Figure estimate={a.auc} />) },
    ]} />
  </Panel>
}
