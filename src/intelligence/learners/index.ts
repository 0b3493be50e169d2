// What the intelligence component uses of the learners.
export { LEARNERS, learnerOf } from './learners.ts'
export { resolveParams, type Learner, type ParameterSpec, type Params, type TrainOutput, type TrainProgress, type TrainSummary } from './learner.ts'
export { train, trainInWorker, type TrainRequest } from './train.ts'
