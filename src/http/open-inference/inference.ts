// One inference of the protocol, as REST and gRPC both ask for it.
import { newId } from '../../core/ids.ts'
import { releaseNumber, type Answer, type EndpointDescription, type NumbersResult } from '../../production/index.ts'
import { rowsOfColumns, withKey } from '../inference/columns.ts'
import { refuse } from '../inference/refusal.ts'
import type { ServingFace } from '../inference/serving-face.ts'
import { columnsOfTensors, numbersOf } from './request-tensors.ts'
import type { Statistics } from './statistics.ts'
import type { Tensor } from './tensor.ts'

/** From here on a batch of numbers is worth its own way. */
const MANY = 8

export interface InferenceRequest {
  model: string
  /** The number of a release; empty or absent takes the one that answers. */
  version?: string
  id?: string
  inputs: readonly Tensor[]
  /** Names; default: all outputs. */
  outputs?: readonly string[]
  caller: string
  /** One for the request: each of its rows gets its own of it. */
  idempotencyKey?: string
}

export interface InferenceAnswer {
  model: string
  version: string
  id: string
  /** `prediction_ids`, one a row, joined by commas; `versions` and `fallbacks` where they differ by row. */
  parameters: Record<string, string>
  outputs: Tensor[]
}

export interface Inference {
  /** @throws SlipwayError `unknown_endpoint`, `not_found`, and what is wrong with the inputs. */
  infer(request: InferenceRequest): Promise<InferenceAnswer>
}

/** Names, datatypes and shapes of the outputs. A model of several classes gives a row one column a class, in their order, and the class of the greatest. */
export function outputTensors({ threshold, content }: Pick<EndpointDescription, 'threshold' | 'content'>): { name: string; datatype: 'FP64' | 'BOOL' | 'BYTES'; shape: number[] }[] {
  const classes = content.model.outputs
  const output = classes === undefined ? [{ name: 'output', datatype: 'FP64' as const, shape: [-1] }] : [{ name: 'output', datatype: 'FP64' as const, shape: [-1, classes.length] }, { name: 'class', datatype: 'BYTES' as const, shape: [-1] }]
  return [...output, ...(threshold === null ? [] : [{ name: 'decision', datatype: 'BOOL' as const, shape: [-1] }])]
}

export function openInference({ face, statistics }: { face: ServingFace; statistics: Statistics }): Inference {
  return {
    infer: ({ model, version, id, inputs, outputs, caller, idempotencyKey }) => face.counted(model, async () => {
      const watch = statistics.start()
      let found: EndpointDescription | undefined
      try {
        found = await face.describe(model, version)
        const names = outputs ?? outputTensors(found).map(o => o.name)
        refuseUnknownOutputs(found, names)
        const { columns, rows } = columnsOfTensors(found, inputs)
        const numbers = rows < MANY || idempotencyKey !== undefined ? null : numbersOf(columns)
        watch.read()
        const batch = numbers === null ? null : await face.predictNumbers({ endpoint: model, caller, rows, columns: numbers })
        const answers = batch === null ? await face.predict(model, withKey(rowsOfColumns(found, columns, rows), idempotencyKey), caller) : []
        watch.computed()
        const answer = batch === null
          ? { ...versionsOf(answers), outputs: names.map(name => outputOf(name, answers, found?.content.model.outputs)) }
          : { version: versionOf(batch.release), parameters: { prediction_ids: batch.ids.join(',') }, outputs: names.map(name => batchOutput(name, batch)) }
        statistics.succeeded(model, String(found.release.number), rows, watch)
        return { model, id: id ?? newId('req'), ...answer }
      } catch (error) {
        if (found !== undefined) statistics.failed(model, String(found.release.number), watch)
        throw error
      }
    }),
  }
}

function refuseUnknownOutputs(found: EndpointDescription, names: readonly string[]): void {
  const known = outputTensors(found).map(o => o.name)
  for (const name of names) if (!known.includes(name)) throw refuse(`outputs.${name}`, `is not an output of ${found.endpoint}; it has ${known.join(', ')}`)
  if (new Set(names).size < names.length) throw refuse('outputs', 'name one of them twice')
}

/** One version stands for all rows; where they differ, each says its own. */
function versionsOf(answers: readonly Answer[]): Pick<InferenceAnswer, 'version' | 'parameters'> {
  const parameters: Record<string, string> = { prediction_ids: answers.map(a => a.id).join(',') }
  const [{ release: first }] = answers
  if (answers.some(a => a.release !== first)) parameters.versions = answers.map(a => versionOf(a.release)).join(',')
  if (answers.some(a => a.fallback !== undefined)) parameters.fallbacks = answers.map(a => a.fallback ?? '').join(',')
  return { version: versionOf(first), parameters }
}

function versionOf(release: string): string { return String(releaseNumber(release)) }

function batchOutput(name: string, { outputs, threshold }: NumbersResult): Tensor {
  const shape = [outputs.length]
  if (name === 'decision') return { name, datatype: 'BOOL', shape, elements: Array.from(outputs, o => (threshold === null ? null : o > threshold)) }
  return { name, datatype: 'FP64', shape, elements: outputs }
}

/** Of answers that no model gave, the scores of classes are missing. */
function outputOf(name: string, answers: readonly Answer[], classes: readonly string[] | undefined): Tensor {
  const shape = [answers.length]
  if (name === 'decision') return { name, datatype: 'BOOL', shape, elements: answers.map(a => a.decision) }
  if (name === 'class') return { name, datatype: 'BYTES', shape, elements: answers.map(a => a.class ?? null) }
  if (classes !== undefined) return { name, datatype: 'FP64', shape: [answers.length, classes.length], elements: Float64Array.from(answers.flatMap(a => classes.map(c => a.outputs?.[c] ?? Number.NaN))) }
  return { name, datatype: 'FP64', shape, elements: Float64Array.from(answers, a => a.output) }
}
