// Which column says when a row was asked about; where there is none, the order of the rows stands in, and that is an assumption.
import { SlipwayError } from '../../core/errors.ts'
import type { ColumnFacts, Outcome, RowTime, Split, Survey } from '../../data/index.ts'
import { findColumn, listed } from './guess-target.ts'

const BEGINNINGS = /(^|_)(created?|opened?|order(ed)?|appl(y|ied|ication)|sign_?up|start(ed)?|schedul(ed|e)|issued?|transaction|trans|event|invoice|admi(t|tted|ssion)|contact|request(ed)?|purchased?|book(ed|ing)|registered|submitted|reported|observed|sampled?|visit|call|snapshot|as_of|date|datetime|time|timestamp|ts)(_|$)|_at$|^(datum|fecha|data)$/
const ENDS = /(^|_)(updated|modified|changed|closed|end(ed)?|resolved|deliver(y|ed)|arriv(al|ed)|depart(ed|ure)|finish(ed)?|last|expir(y|es|ed|ation)|due|until|paid|payment|cancel\w*|return(ed)?|complet(ed|ion)|discharged?|deadline)(_|$)/
const BIRTH = /(^|_)(birth|birthday|dob|born|geburts\w*)(_|$)/

/** Shares to hold out: a fifth where it has enough of both outcomes, more of a small table. */
const SHARES = [0.2, 0.25, 0.3, 0.4, 0.5]
/** Of each outcome, on each side: with fewer the gate refuses to judge. */
const FEWEST = 10

/** Columns that may be the time, the likeliest first. */
export function guessTimes(columns: readonly ColumnFacts[], rows: number): ColumnFacts[] {
  const score = (c: ColumnFacts): number => (BEGINNINGS.test(c.name) ? 2 : 0) - (ENDS.test(c.name) ? 3 : 0) + ((c.missing + c.unreadable) / rows < 0.01 ? 1 : 0)
  return columns.filter(c => c.type === 'timestamp' && !BIRTH.test(c.name) && c.distinct >= 4 && c.missing + c.unreadable < rows * 0.2)
    .map(column => ({ column, score: score(column) }))
    // Of equally likely ones the earliest: what comes later may be an outcome.
    .sort((a, b) => b.score - a.score || (a.column.middle ?? 0) - (b.column.middle ?? 0)).map(c => c.column)
}

/** The smallest holdout by this time in which both sides have both outcomes; null when there is none. */
export async function findSplit(survey: Survey, outcome: Outcome, time: RowTime): Promise<Split | null> {
  for (const share of SHARES) {
    const split = await survey.split(outcome, time, share)
    if (split === null || split.holdout > (split.training + split.holdout) * 0.6) return null
    const sides = [split.trainingPositives, split.training - split.trainingPositives, split.holdoutPositives, split.holdout - split.holdoutPositives]
    if (Math.min(...sides) >= FEWEST) return split
  }
  return null
}

export interface ChosenTime { time: RowTime; split: Split; note: string | null }

/** The time that was asked for. @throws SlipwayError `usage` when the column is no time, or leaves a side without both outcomes. */
export async function askedTime(survey: Survey, outcome: Outcome, asked: string): Promise<ChosenTime> {
  if (asked === 'row-order' || asked === 'mixed') {
    const time: RowTime = { rows: asked === 'mixed' ? 'mixed' : 'in order' }
    const split = await findSplit(survey, outcome, time)
    if (split !== null) return { time, split, note: asked === 'mixed' ? 'the rows are mixed by a fixed rule: no time is assumed' : 'the rows are taken to be in the order of time: an assumption' }
    throw new SlipwayError('usage', `In the order of the rows one outcome is nearly absent at the beginning or the end: a fifth to a half held out has fewer than ${FEWEST} of it.`, { remedy: asked === 'mixed' ? 'There are too few rows of one outcome to learn from and to judge on.' : 'Add --time mixed where the order means nothing.' })
  }
  const column = findColumn(survey.columns, asked, '--time')
  const others = guessTimes(survey.columns, survey.rows).map(c => c.name)
  const remedy = `${others.length > 0 ? `Times are ${listed(others)}. ` : 'No column of the table reads as times. '}--time row-order takes the rows as they come, --time mixed assumes nothing.`
  if (column.type !== 'timestamp') {
    const example = column.values[0]?.value ?? column.low
    throw new SlipwayError('usage', `--time ${column.name} does not read as a time: it is ${column.type === 'string' ? 'text' : `a ${column.type} column`}${example === null || example === undefined ? '' : `, such as ${JSON.stringify(example)}`}.`, { remedy })
  }
  const split = await findSplit(survey, outcome, { column: column.name })
  if (split === null) throw new SlipwayError('usage', `By ${column.name} the table cannot be cut into an earlier part to learn from and a later one to judge on with at least ${FEWEST} of each outcome in both.`, { remedy })
  return { time: { column: column.name }, split, note: null }
}

/** The best time that works; else the order of the rows; else a fixed mixture. Null when even that has too few of one outcome. */
export async function chooseTime(survey: Survey, outcome: Outcome): Promise<ChosenTime | null> {
  const candidates = guessTimes(survey.columns, survey.rows).filter(c => c.name !== outcome.column)
  for (const { name } of candidates) {
    const split = await findSplit(survey, outcome, { column: name })
    if (split !== null) return { time: { column: name }, split, note: null }
  }
  const none = candidates.length === 0 ? 'no column is a time' : `no cut by ${listed(candidates.map(c => c.name))} leaves both outcomes on both sides`
  const inOrder = await survey.split(outcome, { rows: 'in order' }, 0.2)
  const split = await findSplit(survey, outcome, { rows: 'in order' })
  if (split !== null && inOrder !== null && !isSorted(inOrder)) return { time: { rows: 'in order' }, split, note: `${none}: the rows are taken to be in the order of time, which is an assumption` }
  const mixed = await findSplit(survey, outcome, { rows: 'mixed' })
  return mixed === null ? null : { time: { rows: 'mixed' }, split: mixed, note: `${none}, and the rows look sorted by the outcome: they are mixed by a fixed rule, and the holdout says nothing about later times` }
}

/** The share of positives at the end is far from the rest, as in a table that was sorted. */
function isSorted({ training, trainingPositives, holdout, holdoutPositives }: Split): boolean {
  const [a, b] = [trainingPositives / Math.max(1, training), holdoutPositives / Math.max(1, holdout)]
  return Math.abs(a - b) > 0.35 || Math.min(a, b) * 4 < Math.max(a, b)
}
