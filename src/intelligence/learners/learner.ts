// The door that every learner stands behind, built in or not.
import { SlipwayError, type Fault } from '../../core/errors.ts'
import type { Examples } from './examples.ts'

export interface ParameterSpec { default: number; min: number; max: number; whole?: boolean; describe: string }

/** A parameter set with every value filled in. */
export type Params = Record<string, number>

export interface TrainInput {
  examples: Examples
  /** As `resolveParams` gives them. */
  params: Params
  /** Any safe integer; the same seed, examples and parameters give the same artifact bytes. */
  seed: number
  /** How many rows at the end are not trained on but measured, and stop the training when it no longer gains. */
  validationRows: number
  onProgress?: (progress: TrainProgress) => void
}

/** `metric` is the logloss of the validation rows, or of the training rows where there are none; null before it is known. */
export interface TrainProgress { iteration: number; of: number; metric: number | null }

export interface TrainOutput {
  /** A model file that `loadModel` opens. */
  artifact: Uint8Array
  format: string
  summary: TrainSummary
}

export interface TrainSummary {
  learner: string
  params: Params
  seed: number
  trainRows: number
  validationRows: number
  /** Trees or steps in the model, and how many were tried before training stopped. */
  iterations: number
  tried: number
  /** `trainLogloss`, and with validation rows `validationLogloss` and `validationAuc`. */
  metrics: Record<string, number>
  /** By falling importance; shares that add to 1. Trees: loss reduction by splits; linear: spread of the term over the training rows. */
  importance: { feature: string; share: number }[]
}

export interface Learner {
  name: string
  parameters: Record<string, ParameterSpec>
  train(input: TrainInput): TrainOutput
}

/**
 * Fills in defaults.
 * @throws SlipwayError `invalid_definition` with one fault for each unknown name and each value outside its range.
 */
export function resolveParams(learner: Learner, params: Readonly<Record<string, unknown>> = {}): Params {
  const faults: Fault[] = []
  const resolved: Params = {}
  for (const [name, spec] of Object.entries(learner.parameters)) {
    const value = params[name] ?? spec.default
    if (typeof value !== 'number' || !(value >= spec.min && value <= spec.max) || (spec.whole === true && !Number.isInteger(value))) {
      faults.push({ path: `learner.params.${name}`, message: `must be a ${spec.whole === true ? 'whole ' : ''}number from ${spec.min} to ${spec.max}, and is ${typeof value === 'bigint' ? value : JSON.stringify(value)}` })
    } else resolved[name] = value
  }
  for (const name of Object.keys(params)) if (!Object.hasOwn(learner.parameters, name)) {
    faults.push({ path: `learner.params.${name}`, message: `is no parameter of ${learner.name}; there are ${Object.keys(learner.parameters).join(', ')}` })
  }
  if (faults.length > 0) throw new SlipwayError('invalid_definition', faults.map(f => `${f.path} ${f.message}`).join('; '), { faults })
  return resolved
}
