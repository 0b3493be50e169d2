import type { RawScorer } from '../native.ts'
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
export function compileLinear(model: Linear): RawScorer {
  const terms = compileTerms(model)
  return row => {
    let sum = model.intercept
    for (let i = 0; i < terms.length; i++) sum += terms[i](row[i])
    return sum
  }
}
