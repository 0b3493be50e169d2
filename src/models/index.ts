// The door of the models: formats behind one interface, and arithmetic that gives the same bits everywhere.
import '../core/runtime.ts'

export { exp, log, sigmoid } from './exp.ts'
export type { ExplanationMethod, Explanations } from './explanation.ts'
export { checkInputs, inputOfColumn, type EncodedInput } from './inputs.ts'
export { encodeLinear, LINEAR_FORMAT, type CategoryTerm, type Linear, type NumberTerm } from './linear/format.ts'
export { loadModel } from './load.ts'
export { isNative, type Link, type Model, type ModelInput, type ModelOutput, type NativeModel, type Score, type Scores, type Task, type Vector } from './model.ts'
export { encodeTrees, TREES_FORMAT, type Tree, type Trees } from './trees/format.ts'
