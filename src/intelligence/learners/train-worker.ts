// The thread that `trainInWorker` starts: one job, then the end.
import { parentPort } from 'node:worker_threads'
import { SlipwayError } from '../../core/errors.ts'
import { learnerOf } from './learners.ts'
import type { TrainJob, TrainMessage } from './train.ts'

const port = parentPort
if (port === null) throw new Error('train-worker runs as a worker thread')
const send = (message: TrainMessage, transfer: ArrayBuffer[] = []): void => { port.postMessage(message, transfer) }

port.once('message', ({ learner, ...input }: TrainJob) => {
  try {
    const output = learnerOf(learner).train({ ...input, onProgress: progress => { send({ kind: 'progress', progress }) } })
    send({ kind: 'done', output })
  } catch (error) {
    const known = error instanceof SlipwayError
    send({ kind: 'failed', code: known ? error.code : null, message: error instanceof Error ? error.message : String(error), faults: known ? error.faults : [] })
  }
})
