import type { LearnerDefinition } from '../core/definition.ts'
import type { Column } from '../core/schema.ts'
import type { Table } from '../core/table.ts'
import { trainInWorker, type TrainOutput, type TrainRequest } from './learners/index.ts'
import type { LabelledRows } from './labelled-rows.ts'

/** Inputs and label of a model lie side by side in the learner's table; no column of a source can have this name. */
const LABEL: Column = { name: '\u0000label', type: 'boolean' }

/** The same rows as one table, as learners take them. */
export function withLabel({ features, labels }: Pick<LabelledRows, 'features' | 'labels'>): { table: Table; features: Column[]; label: string } {
  return { features: features.schema, label: LABEL.name, table: { rows: features.rows, schema: [...features.schema, LABEL], columns: [...features.columns, { type: 'boolean', values: labels }] } }
}

/** One training: the same rows, learner, parameters, seed and validation share give the same artifact bytes. */
export async function learn(
  rows: LabelledRows, learner: LearnerDefinition,
  options: { seed: number; validationFraction: number } & Pick<TrainRequest, 'onProgress' | 'signal'>,
): Promise<TrainOutput> {
  return trainInWorker({ learner: learner.name, params: learner.params, ...withLabel(rows), ...options })
}
