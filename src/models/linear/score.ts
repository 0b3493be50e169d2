import type { RowsScorer } from '../native.ts'
import type { CategoryTerm, Linear, NumberTerm } from './format.ts'

/** What each input adds, from its encoded value (see `createEncoder`). */
export function compileTerms(model: Linear): ((v: number) => number)[] {
  return model.inputs.map((input, i) => {
    if (input.type === 'category') {
      const weights = Float64Array.from((model.terms[i] as CategoryTerm).weights)
      return v => weights[v]
    }
    const { mean, scale, weight, missing } = model.terms[i] as NumberTerm
    return v => (v !== v ? missing : (v - mean) * scale * weight)
  })
}

/** The scorer takes rows as `createEncoder` makes them. */
export function compileLinear(model: Linear): RowsScorer {
  const terms = compileTerms(model)
  const size = terms.length
  return (rows, count, raw) => {
    for (let r = 0; r < count; r++) {
      let sum = model.intercept
      for (let i = 0; i < size; i++) sum += terms[i](rows[r * size + i])
      raw[r] = sum
    }
  }
}
