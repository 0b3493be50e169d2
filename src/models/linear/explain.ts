import type { RawExplainer } from '../explanation.ts'
import type { Linear } from './format.ts'
import { compileTerms } from './score.ts'

/** The terms themselves: they are the Shapley values of a sum, measured from the training means. */
export function compileLinearExplainer(model: Linear): RawExplainer {
  const terms = compileTerms(model)
  const width = terms.length
  return {
    method: 'linear',
    base: Float64Array.of(model.intercept),
    explain(rows, count, into) {
      for (let i = 0; i < count * width; i++) into[i] += terms[i % width](rows[i])
    },
  }
}
