// gblinear: a sum of weights in single precision, in the order of the inputs; missing ones add nothing.
import type { RawExplainer } from '../explanation.ts'
import type { RowsScorer } from '../native.ts'
import { readNumbers, refuse } from '../reading.ts'

export interface SingleLinear {
  size: number
  width: number
  /** Per input a weight for each score. */
  weights: Float32Array
  /** Per score: its weight without an input, and the base. */
  bias: number[]
}

export function readLinear(model: Record<string, unknown>, size: number, bases: readonly number[]): SingleLinear {
  const width = bases.length
  const all = Float32Array.from(readNumbers(model.weights, 'model.weights', (size + 1) * width))
  all.forEach((w, i) => { if (!Number.isFinite(w)) refuse(`model.weights[${i}]`, 'must be a finite number') })
  return { size, width, weights: all.subarray(0, size * width), bias: bases.map((base, s) => Math.fround(all[size * width + s] + base)) }
}

export function compileLinear({ size, width, weights, bias }: SingleLinear): RowsScorer {
  return (rows, count, raw) => {
    for (let r = 0; r < count; r++) {
      for (let s = 0; s < width; s++) {
        let sum = bias[s]
        for (let i = 0; i < size; i++) {
          const v = rows[r * size + i]
          if (v === v) sum = Math.fround(sum + Math.fround(v * weights[i * width + s]))
        }
        raw[r * width + s] = sum
      }
    }
  }
}

/** The terms, measured from a row of zeros. */
export function compileLinearExplainer({ size, width, weights, bias }: SingleLinear): RawExplainer {
  return {
    method: 'linear', base: Float64Array.from(bias),
    explain(rows, count, into) {
      for (let r = 0; r < count; r++) {
        for (let i = 0; i < size; i++) {
          const v = rows[r * size + i]
          if (v === v) for (let s = 0; s < width; s++) into[(r * width + s) * size + i] += v * weights[i * width + s]
        }
      }
    },
  }
}
