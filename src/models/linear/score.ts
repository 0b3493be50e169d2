import type { RawScorer } from '../native.ts'
import type { CategoryTerm, Linear, NumberTerm } from './format.ts'

/** The scorer takes rows as `createEncoder` makes them. */
export function compileLinear(model: Linear): RawScorer {
  const steps = model.inputs.map((input, i): ((v: number) => number) => {
    if (input.type === 'category') {
      const weights = Float64Array.from((model.terms[i] as CategoryTerm).weights)
      return v => weights[v]
    }
    const { mean, scale, weight, missing } = model.terms[i] as NumberTerm
    return v => (v !== v ? missing : (v - mean) * scale * weight)
  })
  return row => {
    let sum = model.intercept
    for (let i = 0; i < steps.length; i++) sum += steps[i](row[i])
    return sum
  }
}
