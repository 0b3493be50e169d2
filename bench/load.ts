import { Worker } from 'node:worker_threads'

export interface Load { perSecond: number; failed: number; p50: number; p99: number }

export interface LoadJob {
  port: number
  path: string
  bodies: (string | Uint8Array)[]
  /** More lines of the head, each with its end. */
  headers?: string
  /** Requests per second in all; each is timed from when it was due. Without it as many as can be. */
  rate?: number
  connections: number
  seconds: number
  token?: string
  /** Every `@NNNN@` of a body becomes the running number of its request, from here on, with leading zeros to the same length. */
  numberFrom?: number
  /** Answers other than 200 are only counted, and a connection that breaks is made again. */
  tolerant?: boolean
}

/** Requests per second and milliseconds, driven from a worker thread. Throws when an answer was not 200, unless the job is tolerant. */
export function driveLoad(job: LoadJob): Promise<Load> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./load-worker.ts', import.meta.url), { workerData: job })
    worker.on('message', (message: Load | { sample: string }) => {
      if ('sample' in message) { if (job.tolerant !== true) reject(new Error(`an answer was not 200:\n${message.sample}`)); return }
      resolve(message)
    })
    worker.on('error', reject)
  })
}
