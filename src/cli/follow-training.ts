import { SlipwayError } from '../core/errors.ts'
import type { ModelVersion } from '../core/ports/registry.ts'
import type { Run, TrainingProgress } from '../intelligence/index.ts'
import type { Connection } from './connection.ts'

type Line = { progress: TrainingProgress } | { result: { run: Run; version: ModelVersion } }

/** Trains a model and shows each step until it is done. `range` is what the route takes. */
export async function followTraining(connection: Connection, model: string, range: object, show: (line: string) => void): Promise<{ run: Run; version: ModelVersion }> {
  for await (const line of connection.lines<Line>('POST', `/api/v1/models/${encodeURIComponent(model)}/train`, range)) {
    if ('result' in line) return line.result
    const { step, done, of, metric } = line.progress
    show(`training: ${step}${done === undefined ? '' : ` ${done}${of === undefined ? '' : ` of ${of}`}`}${metric === undefined || metric === null ? '' : `, ${metric.toFixed(5)}`}`)
  }
  throw new SlipwayError('unreachable', 'The server ended the reply before the training did.')
}
