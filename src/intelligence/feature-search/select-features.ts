// All that follows the grid, as one piece of work without I/O: slices, selection, judgement.
import type { LearnerDefinition } from '../../core/definition.ts'
import type { Table } from '../../core/table.ts'
import { withLabel } from '../learning.ts'
import { examplesOf } from '../learners/examples.ts'
import { judgeSurvivors, type Judgement } from './judgement.ts'
import { selectCandidates, type Selected, type SelectionProgress } from './selection.ts'
import { sliceRows, type Shares, type Slices, type Timeline } from './slices.ts'
import { takeRows } from './take-rows.ts'
import { openWorkbench } from './workbench.ts'

/** Plain data: it crosses to a thread. */
export interface SelectionJob extends Timeline {
  /** The existing features, then the candidates; by time. */
  table: Table
  /** How many existing features there are. */
  existing: number
  shares: Shares
  /** Survivors at most. */
  limit: number
  seed: number
  learner: LearnerDefinition
  learnerSeed: number
  /** Level of the judgement's intervals. */
  alpha: number
}

export interface SelectionOutcome {
  slices: Slices['described']
  /** In the order of the candidates. */
  selected: Selected[]
  /** Null where nothing survived. */
  judgement: Judgement | null
}

/** The same job gives the same outcome. @throws SlipwayError `invalid_request` for slices with too few rows of an outcome. */
export async function selectFeatures(job: SelectionJob, report: (progress: SelectionProgress | { step: 'judge' }) => void): Promise<SelectionOutcome> {
  const { table, existing, limit, seed } = job
  const slices = sliceRows(job, job.shares)
  const inputs = table.schema
  const tried = withLabel(takeRows(table, job.labels, Uint32Array.from([...slices.early, ...slices.later])))
  const bench = openWorkbench(examplesOf(tried.table, tried.features, tried.label), slices.early.length, seed)
  const candidates = inputs.slice(existing).map(({ name }, i) => ({ column: existing + i, name }))
  const selected = selectCandidates(bench, inputs.slice(0, existing).map((_, i) => i), candidates, limit, report)
  const survivors = inputs.slice(existing).filter((_, i) => selected[i].verdict === 'survived')
  report({ step: 'judge' })
  const judgement = survivors.length === 0 ? null : await judgeSurvivors({ taught: takeRows(table, job.labels, slices.before), asked: takeRows(table, job.labels, slices.last) }, inputs.slice(0, existing), survivors, { learner: job.learner, seed: job.learnerSeed, alpha: job.alpha })
  return { slices: slices.described, selected, judgement }
}
