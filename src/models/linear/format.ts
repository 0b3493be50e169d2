// slipway-linear/1: logistic regression over standardised numbers and one-hot categories, as canonical JSON.
import { canonicalize } from '../../core/canonical.ts'
import { codeCount, type EncodedInput } from '../inputs.ts'
import { readArray, readFinite, readInputs, readObject, refuse } from '../reading.ts'

export const LINEAR_FORMAT = 'slipway-linear/1'

/** A number adds (value − mean) · scale · weight, or `missing` where there is none. */
export interface NumberTerm { mean: number; scale: number; weight: number; missing: number }
/** A category adds the weight of its code: the dictionary's, then that of unknown ones, then that of missing. */
export interface CategoryTerm { weights: number[] }

/** raw score = intercept + the terms, added in the order of the inputs; probability = 1 / (1 + e^−raw). */
export interface Linear {
  inputs: EncodedInput[]
  intercept: number
  /** One an input, of its type. */
  terms: (NumberTerm | CategoryTerm)[]
}

/** The same model always gives the same bytes. */
export function encodeLinear(model: Linear): Uint8Array {
  const inputs = model.inputs.map(({ name, type, categories }) => ({ name, type, categories: categories === undefined ? undefined : [...categories] }))
  const terms = model.terms.map(t => ({ ...t }))
  return new TextEncoder().encode(canonicalize({ format: LINEAR_FORMAT, objective: 'binary-logistic', intercept: model.intercept, inputs, terms }))
}

/** @throws SlipwayError `invalid_request`, naming the place. */
export function readLinear(file: Record<string, unknown>): Linear {
  if (file.objective !== 'binary-logistic') refuse('objective', 'must be binary-logistic')
  const inputs = readInputs(file.inputs)
  const terms = readArray(file.terms, 'terms', inputs.length).map((value, i) => {
    const path = `terms[${i}]`
    const term = readObject(value, path)
    if (inputs[i].type === 'category') {
      return { weights: readArray(term.weights, `${path}.weights`, codeCount(inputs[i])).map((w, k) => readFinite(w, `${path}.weights[${k}]`)) }
    }
    const number = (name: keyof NumberTerm): number => readFinite(term[name], `${path}.${name}`)
    return { mean: number('mean'), scale: number('scale'), weight: number('weight'), missing: number('missing') }
  })
  return { inputs, intercept: readFinite(file.intercept, 'intercept'), terms }
}
