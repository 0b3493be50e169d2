// The thread that `selectInWorker` starts: one job, then the end.
import { parentPort } from 'node:worker_threads'
import { SlipwayError } from '../../core/errors.ts'
import type { SelectionMessage } from './select-in-worker.ts'
import { selectFeatures, type SelectionJob } from './select-features.ts'

const port = parentPort
if (port === null) throw new Error('selection-worker runs as a worker thread')
const send = (message: SelectionMessage): void => { port.postMessage(message) }

port.once('message', (job: SelectionJob) => {
  selectFeatures(job, progress => { send({ kind: 'progress', progress }) }).then(
    outcome => { send({ kind: 'done', outcome }) },
    (error: unknown) => {
      const known = error instanceof SlipwayError
      send({ kind: 'failed', code: known ? error.code : null, message: error instanceof Error ? error.message : String(error), remedy: known ? error.remedy : undefined })
    },
  )
})
