// Which rows train and which judge.
import type { FeatureContent, ModelDefinition } from '../core/definition.ts'
import type { Actor } from '../core/actor.ts'
import { SlipwayError } from '../core/errors.ts'
import type { Value } from '../core/schema.ts'
import { columnOf, getValue, type ColumnData, type Table } from '../core/table.ts'
import { formatTime, type Micros } from '../core/time.ts'
import type { IntelligenceParts } from './parts.ts'
import type { RunData } from './records.ts'

/** Rows for learners and metrics: the model's inputs only, and one label a row (1 or 0). */
export interface LabelledRows {
  /** Prediction times. */
  times: Float64Array
  features: Table
  labels: Uint8Array
}

export interface SplitRows {
  data: RunData
  content: FeatureContent
  contentDigest: string
  training: LabelledRows
  holdout: LabelledRows
}

/**
 * The last share of the examples by prediction time is held out. What trains is a dataset version of its own: prediction times before
 * the holdout, labels known when it began, so that a model judged on the holdout could have existed at its first row.
 */
export async function splitRows(
  parts: Pick<IntelligenceParts, 'features'>, model: ModelDefinition,
  range: { from: Micros; to: Micros; labelsKnownBy: Micros; actor: Actor },
): Promise<SplitRows> {
  const request = { service: model.service, examples: model.examples, from: range.from, actor: range.actor }
  const all = await parts.features.createTrainingSet({ ...request, name: `${model.name}-evaluation`, to: range.to, labelsKnownBy: range.labelsKnownBy, purpose: 'evaluation' })
  const span = `from ${formatTime(range.from)} to ${formatTime(range.to)}`
  if (all.rows === 0) throw new SlipwayError('invalid_request', `There are no labelled examples for ${model.name} ${span}. Choose a range in which labels are known.`)
  const table = await parts.features.loadDataset(all.version)
  const start = holdoutStart(table, model.evaluation.holdout)
  const holdoutFrom = timesOf(table)[start]
  if (start === 0) throw new SlipwayError('invalid_request', `All ${all.rows} examples for ${model.name} ${span} would be held out; choose a longer range or a smaller holdout.`)
  const holdout = readRows(cutRows(table, start), all.content)
  requireBothClasses(holdout.labels, `The holdout of ${model.name} (from ${formatTime(holdoutFrom)})`)

  const training = await parts.features.createTrainingSet({
    ...request, name: `${model.name}-training`, to: holdoutFrom, labelsKnownBy: Math.min(holdoutFrom, range.labelsKnownBy), purpose: 'training', reuse: all.version,
  })
  if (training.contentDigest !== all.contentDigest) throw new SlipwayError('conflict', `The feature definitions of ${model.service} changed while training; train again.`)
  if (training.parents.join() !== all.parents.join()) throw new SlipwayError('conflict', `The data of ${model.name} changed while training; train again.`)
  const trainingRows = readRows(await parts.features.loadDataset(training.version), training.content)
  requireBothClasses(trainingRows.labels, `The training rows of ${model.name} (labels known before ${formatTime(holdoutFrom)})`)
  return {
    content: all.content, contentDigest: all.contentDigest, training: trainingRows, holdout,
    data: {
      evaluationSet: all.version, trainingSet: training.version, parents: all.parents, holdoutFrom,
      counts: { examples: all.rows, training: training.rows, labelTooLate: start - training.rows, holdout: all.rows - start },
    },
  }
}

/** The holdout of a stored evaluation set, as it was when the run judged on it. */
export function readHoldout(table: Table, holdoutFrom: Micros, content: FeatureContent): LabelledRows {
  const times = timesOf(table)
  let start = 0
  while (start < times.length && times[start] < holdoutFrom) start++
  return readRows(cutRows(table, start), content)
}

/** The inputs by position (an input may be named like another column), the label by name. */
export function readRows(table: Table, content: FeatureContent): LabelledRows {
  const first = table.schema.length - content.outputs.length
  content.outputs.forEach((output, i) => {
    if (table.schema[first + i]?.name !== output.name) throw new SlipwayError('corrupt', `The dataset's columns are not those of the features: ${output.name} is missing at column ${first + i}.`)
  })
  const label = columnOf(table, 'label')
  if (label?.type !== 'boolean') throw new SlipwayError('corrupt', 'The dataset has no label column of type boolean.')
  return { times: timesOf(table), features: { rows: table.rows, schema: table.schema.slice(first), columns: table.columns.slice(first) }, labels: label.values }
}

/** Row vectors for a model. */
export function readVectors(features: Table): Value[][] {
  return Array.from({ length: features.rows }, (_, i) => features.columns.map(column => getValue(column, i)))
}

/** First row of the last `share`; rows of one prediction time stay together. */
function holdoutStart(table: Table, share: number): number {
  const times = timesOf(table)
  for (let i = 1; i < times.length; i++) if (times[i] < times[i - 1]) throw new SlipwayError('corrupt', `The examples are not in the order of time at row ${i}.`)
  let start = Math.min(times.length - 1, Math.floor(times.length * (1 - share)))
  while (start > 0 && times[start - 1] === times[start]) start--
  return start
}

function timesOf(table: Table): Float64Array {
  const time = columnOf(table, 'time')
  if (time?.type !== 'timestamp') throw new SlipwayError('corrupt', 'The dataset has no time column.')
  return time.values
}

function requireBothClasses(labels: Uint8Array, what: string): void {
  let positives = 0
  for (const label of labels) positives += label
  if (positives > 0 && positives < labels.length) return
  throw new SlipwayError('invalid_request', `${what} has ${labels.length} rows, ${positives} of them positive; both outcomes are needed. Choose a longer range.`)
}

function cutRows(table: Table, start: number): Table {
  return { rows: table.rows - start, schema: table.schema, columns: table.columns.map(column => cutColumn(column, start)) }
}

function cutColumn(column: ColumnData, start: number): ColumnData {
  const valid = column.valid?.subarray(start)
  switch (column.type) {
    case 'string': return { type: 'string', values: column.values.slice(start), valid }
    case 'boolean': return { type: 'boolean', values: column.values.subarray(start), valid }
    case 'int64': return { type: 'int64', values: column.values.subarray(start), valid }
    default: return { type: column.type, values: column.values.subarray(start), valid }
  }
}
