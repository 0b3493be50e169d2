// What the outputs of an ONNX model mean.
import { classOutputs, PROBABILITY, valueOutputs } from '../links.ts'
import type { ModelOutput, Task } from '../model.ts'
import { refuse } from '../reading.ts'
import type { Tensor, ValueMetadata } from './runtime.ts'

/** The one output that is read, by name. */
export interface Chosen { name: string; classifier: boolean }

/** Scores of a classifier stand beside its labels, or are called probabilities; else the numbers are values. */
export function chooseOutput(metadata: readonly ValueMetadata[]): Chosen {
  const maps = metadata.filter(m => !m.isTensor)
  if (maps.length > 0) refuse(`outputs.${maps[0].name}`, 'is a map or a sequence, not a tensor (skl2onnx makes one of probabilities by default): convert with options={"zipmap": False}')
  const scores = metadata.filter(m => m.type === 'float32' || m.type === 'float64')
  if (scores.length === 0) refuse('outputs', `must have a tensor of float32 or float64, and has ${metadata.map(m => `${m.name} (${m.type})`).join(', ')}`)
  const named = scores.filter(m => /prob/i.test(m.name))
  if (scores.length > 1 && named.length !== 1) refuse('outputs', `must have one tensor of numbers, and has ${scores.map(m => m.name).join(', ')}`)
  const { name } = named[0] ?? scores[0]
  return { name, classifier: named.length > 0 || metadata.some(m => m.type === 'int64' || m.type === 'string') }
}

export interface Meaning {
  task: Task
  outputs: readonly ModelOutput[]
  /** Writes the scores of all rows. */
  read(tensor: Tensor, rows: number, into: Float64Array): void
}

/** By the shape of an answer. A classifier of two classes gives the probability of the second one. */
export function readMeaning({ name, classifier }: Chosen, answer: Tensor): Meaning {
  const columns = answer.dims.length === 1 ? 1 : answer.dims.length === 2 ? answer.dims[1] : refuse(`outputs.${name}`, `must have the shape [rows, scores], and has ${answer.dims.length} dimensions`)
  const binary = classifier && columns <= 2
  const width = binary ? 1 : columns
  const first = columns - width
  return {
    task: binary ? 'binary' : classifier ? 'multiclass' : 'regression',
    outputs: binary ? PROBABILITY : classifier ? classOutputs(width) : valueOutputs(width),
    read({ dims, data }, rows, into) {
      if (dims[0] !== rows || data.length !== rows * columns) refuse(`outputs.${name}`, `gave ${dims.join(' × ')} numbers for ${rows} rows`)
      const step = width === columns ? 1 : columns
      for (let i = 0; i < into.length; i++) into[i] = data[first + i * step] as number
    },
  }
}
