// From raw scores to outputs, in arithmetic that is the same on every engine.
import { sigmoid } from './exp.ts'
import type { ModelOutput } from './model.ts'
import type { OutputWriter } from './native.ts'

export const PROBABILITY: readonly ModelOutput[] = [{ name: 'probability', type: 'float64' }]

export const writeSigmoid: OutputWriter = (raw, output, length) => {
  for (let i = 0; i < length; i++) output[i] = sigmoid(raw[i])
}
