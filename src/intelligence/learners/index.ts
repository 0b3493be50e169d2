// What the intelligence component uses of the learners.
export { LEARNERS } from './learners.ts'
export { type TrainOutput } from './learner.ts'
export { train, trainInWorker, type TrainRequest } from './train.ts'
