import { Worker } from 'node:worker_threads'
import { ERRORS, SlipwayError, type ErrorCode, type Fault } from '../../core/errors.ts'
import type { Column } from '../../core/schema.ts'
import type { Table } from '../../core/table.ts'
import { examplesOf, type Examples } from './examples.ts'
import { resolveParams, type TrainInput, type TrainOutput, type TrainProgress } from './learner.ts'
import { learnerOf } from './learners.ts'

export interface TrainRequest {
  learner: string
  /** Rows in order of time. It is left as it is. */
  table: Table
  /** What the model reads, in this order: names and types of columns of the table. */
  features: readonly Column[]
  /** Name of the label column: boolean, or 0 and 1. */
  label: string
  params?: Readonly<Record<string, number>>
  seed?: number
  /** Share of the rows, the last ones, that is not trained on but says when to stop: 0 (the default) to 0.5. */
  validationFraction?: number
  onProgress?: (progress: TrainProgress) => void
  /** Ends the training; the promise is rejected with the signal's reason. */
  signal?: AbortSignal
}

/** What crosses to the worker, and back. */
export type TrainJob = Omit<TrainInput, 'onProgress'> & { learner: string }
export type TrainMessage =
  | { kind: 'progress'; progress: TrainProgress }
  | { kind: 'done'; output: TrainOutput }
  | { kind: 'failed'; code: ErrorCode | null; message: string; faults: Fault[] }

/** Trains in this thread, which is blocked meanwhile. Gives the same bytes as `trainInWorker`. */
export function train(request: Omit<TrainRequest, 'signal'>): TrainOutput {
  const { learner, ...input } = jobOf(request)
  return learnerOf(learner).train({ ...input, onProgress: request.onProgress })
}

/**
 * Trains in a thread of its own.
 * @throws SlipwayError `invalid_definition` for unknown learners, parameters, features; `invalid_request` for labels and rows that no
 * model can be made of. With `signal` aborted, its reason.
 */
export async function trainInWorker(request: TrainRequest): Promise<TrainOutput> {
  const { signal, onProgress } = request
  signal?.throwIfAborted()
  const job = jobOf(request)
  const worker = new Worker(new URL(`./train-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url), { name: `train-${request.learner}` })
  let cancel = (): void => {}
  try {
    return await new Promise<TrainOutput>((resolve, reject) => {
      cancel = () => { reject(signal?.reason) }
      signal?.addEventListener('abort', cancel, { once: true })
      worker.on('error', error => { reject(new SlipwayError('internal', `Training ended: ${error instanceof Error ? error.message : String(error)}`, { cause: error })) })
      worker.on('exit', code => { reject(new SlipwayError('internal', `The training thread ended with code ${code}.`)) })
      worker.on('message', (message: TrainMessage) => {
        switch (message.kind) {
          case 'progress': try { onProgress?.(message.progress) } catch (error) { reject(error) } break
          case 'done': resolve(message.output); break
          case 'failed': reject(errorOf(message)); break
        }
      })
      worker.postMessage(job, transfersOf(job.examples))
    })
  } finally {
    signal?.removeEventListener('abort', cancel)
    await worker.terminate()
  }
}

function errorOf({ code, message, faults }: TrainMessage & { kind: 'failed' }): SlipwayError {
  return new SlipwayError(code !== null && Object.hasOwn(ERRORS, code) ? code : 'internal', message, { faults })
}

function jobOf(request: Omit<TrainRequest, 'signal'>): TrainJob {
  const { seed = 0, validationFraction = 0, table } = request
  const params = resolveParams(learnerOf(request.learner), request.params)
  if (!Number.isSafeInteger(seed)) throw new SlipwayError('invalid_definition', `The seed must be a whole number, and is ${seed}.`)
  if (!(validationFraction >= 0 && validationFraction <= 0.5)) throw new SlipwayError('invalid_definition', `validationFraction must be from 0 to 0.5, and is ${validationFraction}.`)
  const examples = examplesOf(table, request.features, request.label)
  const validationRows = Math.floor(table.rows * validationFraction)
  const positives = examples.label.subarray(0, table.rows - validationRows).reduce((n, y) => n + y, 0)
  if (positives === 0 || positives === table.rows - validationRows) throw new SlipwayError('invalid_request', `The first ${table.rows - validationRows} rows, which are trained on, need both outcomes.`)
  return { learner: request.learner, examples, params, seed, validationRows }
}

/** The copies that `examplesOf` made are handed over, not copied again. */
function transfersOf(examples: Examples): ArrayBuffer[] {
  const arrays = [examples.label, ...examples.features.map(f => (f.type === 'category' ? f.codes : f.values))]
  return arrays.map(a => a.buffer as ArrayBuffer)
}
