// From raw scores to outputs, in arithmetic that is the same on every engine.
import { exp, log1pExp, sigmoid } from './exp.ts'
import type { ModelOutput } from './model.ts'
import type { OutputWriter } from './native.ts'

export const PROBABILITY: readonly ModelOutput[] = [{ name: 'probability', type: 'float64' }]
export const VALUE: readonly ModelOutput[] = [{ name: 'value', type: 'float64' }]

/** `class_0`, `class_1` …: for files that do not name their classes. */
export function classOutputs(count: number): ModelOutput[] {
  return Array.from({ length: count }, (_, i) => ({ name: `class_${i}`, type: 'float64' }))
}

/** One value, or `value_0`, `value_1` … */
export function valueOutputs(count: number): readonly ModelOutput[] {
  return count === 1 ? VALUE : Array.from({ length: count }, (_, i) => ({ name: `value_${i}`, type: 'float64' }))
}

export const writeSigmoid: OutputWriter = writeEach(sigmoid)
export const writeExp: OutputWriter = writeEach(exp)
export const writeIdentity: OutputWriter = (raw, output, length) => { for (let i = 0; i < length; i++) output[i] = raw[i] }
/** sign(x) · x², the inverse of a root that was taken of the labels. */
export const writeSignedSquare: OutputWriter = writeEach(x => Math.sign(x) * x * x)
export const writeLog1pExp: OutputWriter = writeEach(log1pExp)

/** 1 / (1 + e^(−scale · x)). */
export function writeScaledSigmoid(scale: number): OutputWriter { return scale === 1 ? writeSigmoid : writeEach(x => 1 / (1 + exp(-scale * x))) }

/** Over the `width` scores of each row, from the largest down. */
export function writeSoftmax(width: number): OutputWriter {
  return (raw, output, length) => {
    for (let at = 0; at < length; at += width) {
      let most = raw[at]
      for (let s = at + 1; s < at + width; s++) if (raw[s] > most) most = raw[s]
      let sum = 0
      for (let s = at; s < at + width; s++) sum += output[s] = exp(raw[s] - most)
      for (let s = at; s < at + width; s++) output[s] /= sum
    }
  }
}

/** Of the mean over so many trees, where raw is their sum. */
export function writeMean(iterations: number, writer: OutputWriter): OutputWriter {
  return (raw, output, length) => {
    for (let i = 0; i < length; i++) output[i] = raw[i] / iterations
    writer(output, output, length)
  }
}

/** A writer by a function of one score. */
export function writeEach(f: (x: number) => number): OutputWriter {
  return (raw, output, length) => { for (let i = 0; i < length; i++) output[i] = f(raw[i]) }
}
