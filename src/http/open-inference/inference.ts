// One inference of the protocol, as REST and gRPC both ask for it.
import { newId } from '../../core/ids.ts'
import type { Answer, EndpointDescription } from '../../production/index.ts'
import { withKey } from '../inference/columns.ts'
import type { ServingFace } from '../inference/serving-face.ts'
import { rowsOfTensors } from './request-tensors.ts'
import type { Statistics } from './statistics.ts'
import { refuse, type Tensor } from './tensor.ts'

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
        const rows = withKey(rowsOfTensors(found, inputs), idempotencyKey)
        watch.read()
        const answers = await face.predict(model, rows, caller)
        watch.computed()
        const answer = { model, id: id ?? newId('req'), ...versionsOf(answers), outputs: names.map(name => outputOf(name, answers, found?.content.model.outputs)) }
        statistics.succeeded(model, String(found.release.number), rows.length, watch)
        return answer
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
  const numbers = new Map<string, string>()
  const versionOf = (release: string): string => numbers.get(release) ?? numbers.set(release, String(Number(release.slice(-6)))).get(release) as string
  const parameters: Record<string, string> = { prediction_ids: answers.map(a => a.id).join(',') }
  const [{ release: first }] = answers
  if (answers.some(a => a.release !== first)) parameters.versions = answers.map(a => versionOf(a.release)).join(',')
  if (answers.some(a => a.fallback !== undefined)) parameters.fallbacks = answers.map(a => a.fallback ?? '').join(',')
  return { version: versionOf(first), parameters }
}

/** Of answers that no model gave, the scores of classes are missing. */
function outputOf(name: string, answers: readonly Answer[], classes: readonly string[] | undefined): Tensor {
  const shape = [answers.length]
  if (name === 'decision') return { name, datatype: 'BOOL', shape, elements: answers.map(a => a.decision) }
  if (name === 'class') return { name, datatype: 'BYTES', shape, elements: answers.map(a => a.class ?? null) }
  if (classes !== undefined) return { name, datatype: 'FP64', shape: [answers.length, classes.length], elements: Float64Array.from(answers.flatMap(a => classes.map(c => a.outputs?.[c] ?? Number.NaN))) }
  return { name, datatype: 'FP64', shape, elements: Float64Array.from(answers, a => a.output) }
}
