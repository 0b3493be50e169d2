// What the model reads: what is known when it is asked, and says something.
import { columnOf, getValue, type ColumnData, type Table } from '../../core/table.ts'
import { DAY } from '../../core/time.ts'
import { associationOf, type ColumnFacts, type Outcome, type RowTime } from '../../data/index.ts'
import type { DerivedFeature, InputColumn, LeftOut } from './choices.ts'
import { IDENTIFIES, isCounter, presentOf } from './guess-key.ts'
import { shown } from './guess-target.ts'

/** From here on a column alone says so much that it can hardly have been known before. */
const LEAK = 0.98
const SUSPICIOUS = 0.9
const MOST_CATEGORIES = 20_000

export interface InputRequest {
  columns: readonly ColumnFacts[]
  /** Without repeated rows. */
  rows: number
  sample: Table
  outcome: Outcome
  time: RowTime
  key: string
  knownAt: string | null
  include: readonly string[]
  exclude: readonly string[]
}

export interface ChosenInputs { inputs: InputColumn[]; derived: DerivedFeature[]; leftOut: LeftOut[]; warnings: string[] }

export function chooseInputs(request: InputRequest): ChosenInputs {
  const { columns, rows, sample, outcome, time, include, exclude } = request
  const outcomes = outcomesOf(sample, outcome)
  const timeName = 'column' in time ? time.column : null
  const timeData = timeName === null ? null : columnOf(sample, timeName) ?? null
  const chosen: ChosenInputs = { inputs: [], derived: [], leftOut: [], warnings: [] }
  const omit = (name: string, why: string, leak = false): void => { chosen.leftOut.push({ name, why, leak }) }
  for (const column of columns) {
    const { name } = column
    if (name === outcome.column || name === timeName) continue
    if (exclude.includes(name)) { omit(name, 'left out by --exclude'); continue }
    const data = columnOf(sample, name) as ColumnData
    const forced = include.includes(name)
    if (name === request.key || name === request.knownAt) { if (!forced) { omit(name, name === request.key ? 'names the row' : 'says when the outcome became known'); continue } }
    const useless = forced ? null : uselessness(column, rows)
    if (useless !== null) { omit(name, useless); continue }
    const gap = column.type === 'timestamp' && timeData !== null ? gapBetween(data, timeData) : null
    const alone = Math.max(associationOf(data, outcomes), gap === null ? 0 : associationOf(gap, outcomes))
    const leak = forced ? null : leakOf(data, outcomes, alone, gap)
    if (leak !== null) { omit(name, leak, true); continue }
    if (alone >= SUSPICIOUS) chosen.warnings.push(`${name} alone ranks the outcome with AUC ${alone.toFixed(3)}: is it known when the prediction is asked for? If not: --exclude ${name}`)
    const derived = column.type === 'timestamp' ? derive(column, timeName) : []
    chosen.inputs.push({ name, original: column.original, type: column.type, optional: column.missing + column.unreadable > 0, model: column.type !== 'timestamp' })
    chosen.derived.push(...derived)
  }
  addTime(chosen, columns.find(c => c.name === timeName))
  keepNamesApart(chosen)
  return chosen
}

/** 1, 0, and −1 for none. */
function outcomesOf(sample: Table, outcome: Outcome): Int8Array {
  const data = columnOf(sample, outcome.column) as ColumnData
  return Int8Array.from({ length: sample.rows }, (_, i) => {
    const value = getValue(data, i)
    if (value === null) return -1
    return Number(outcome.above === undefined ? value === outcome.equals : Number(value) > outcome.above)
  })
}

/** Why a column says nothing that a model could use on other rows; null when it may. */
function uselessness(column: ColumnFacts, rows: number): string | null {
  const { type, name, distinct } = column
  const present = presentOf(column, rows)
  if (present <= 0 || distinct === 0) return 'has no values'
  if (present < Math.max(5, rows * 0.002)) return `has a value in ${present.toLocaleString('en')} rows only`
  if (distinct === 1 && present >= rows) return `is always ${shown(column.values[0]?.value ?? column.low)}`
  if (isCounter(column, rows)) return 'counts the rows'
  if ((type === 'string' || type === 'int64') && IDENTIFIES.test(name) && distinct > 50) return 'is an identifier: it says which one, not what kind'
  if (type === 'int64' && Math.max(Math.abs(column.low ?? 0), Math.abs(column.high ?? 0)) > Number.MAX_SAFE_INTEGER) return 'is an identifier: its numbers have more digits than a quantity'
  if (type !== 'string') return null
  if (column.length > 80 && distinct > 50) return 'is free text'
  if (distinct > 50 && distinct > present / 2) return `is nearly always another text (${distinct.toLocaleString('en')} values)`
  if (distinct > 50 && distinct > present / 5) return `has too many categories: ${distinct.toLocaleString('en')} in ${present.toLocaleString('en')} rows`
  return distinct > MOST_CATEGORIES ? `has too many categories: ${distinct.toLocaleString('en')}` : null
}

/** Why a column was probably not known when the prediction would have been asked for; null when nothing speaks for it. */
function leakOf(data: ColumnData, outcomes: Int8Array, alone: number, gap: ColumnData | null): string | null {
  if (alone >= LEAK) return `says nearly all about the outcome by itself (AUC ${alone.toFixed(3)}): probably known only with it`
  let [none, noneMissing, some, someMissing] = [0, 0, 0, 0]
  outcomes.forEach((y, i) => {
    const missing = data.valid?.[i] === 0
    if (y < 0) { none++; if (missing) noneMissing++ } else { some++; if (missing) someMissing++ }
  })
  if (none >= 20 && noneMissing >= none * 0.8 && someMissing <= some * 0.02) return 'is missing where the outcome is missing, and nowhere else: probably known only with it'
  if (gap === null) return null
  let [later, both] = [0, 0]
  gap.values.forEach((days, i) => { if (gap.valid?.[i] !== 0) { both++; if (Number(days) > 0) later++ } })
  return both > 0 && later > both / 2 ? `lies after the time in ${Math.round(100 * later / both)} % of the rows: it may not be known yet` : null
}

/** Days from the time to the column, as a column. */
function gapBetween(data: ColumnData, time: ColumnData): ColumnData {
  const values = new Float64Array(data.values.length)
  const valid = new Uint8Array(values.length)
  for (let i = 0; i < values.length; i++) {
    if (data.valid?.[i] === 0 || time.valid?.[i] === 0) continue
    valid[i] = 1
    values[i] = (Number(data.values[i]) - Number(time.values[i])) / DAY
  }
  return { type: 'float64', values, valid }
}

/** Without a time to be older than, its calendar; of years only those that a model may meet again. */
function derive({ name, low, high }: ColumnFacts, time: string | null): DerivedFeature[] {
  if (time !== null) return [{ name: `${name}_days_before`, kind: 'days_before', inputs: [name, time] }]
  const long = (high ?? 0) - (low ?? 0) > 10 * 365 * DAY
  return ([...long ? ['year'] as const : [], 'month', 'weekday'] as const).map(kind => ({ name: `${name}_${kind}`, kind, inputs: [name] }))
}

/** The calendar of the time itself, as far as the table has seen it go round. */
function addTime(chosen: ChosenInputs, column: ColumnFacts | undefined): void {
  if (column === undefined) return
  const days = ((column.high ?? 0) - (column.low ?? 0)) / DAY
  const { name } = column
  if (!column.dateOnly && days >= 2) chosen.derived.push({ name: `${name}_hour`, kind: 'hour', inputs: [name] })
  if (days >= 21) chosen.derived.push({ name: `${name}_weekday`, kind: 'weekday', inputs: [name] })
  if (days >= 400) chosen.derived.push({ name: `${name}_month`, kind: 'month', inputs: [name] })
  if (!chosen.derived.some(d => d.inputs.includes(name))) return
  chosen.inputs.push({ name, original: column.original, type: 'timestamp', optional: false, model: false })
}

function keepNamesApart({ inputs, derived }: ChosenInputs): void {
  const taken = new Set(inputs.map(i => i.name))
  for (const feature of derived) {
    while (taken.has(feature.name)) feature.name = `${feature.name}_of_it`
    taken.add(feature.name)
  }
}
