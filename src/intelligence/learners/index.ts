// What the intelligence component uses of the learners.
export { learnerOf } from './learners.ts'
export { resolveParams, type TrainOutput } from './learner.ts'
export { train, trainInWorker, type TrainRequest } from './train.ts'
