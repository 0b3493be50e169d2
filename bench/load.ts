import { Worker } from 'node:worker_threads'

export interface Load { perSecond: number; failed: number; p50: number; p99: number }

/** Requests per second and milliseconds, driven from a worker thread. Throws when an answer was not 200. */
export function driveLoad(job: { port: number; path: string; bodies: string[]; connections: number; seconds: number }): Promise<Load> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./load-worker.ts', import.meta.url), { workerData: job })
    worker.on('message', (message: Load | { sample: string }) => {
      if ('sample' in message) { reject(new Error(`an answer was not 200:\n${message.sample}`)); return }
      resolve(message)
    })
    worker.on('error', reject)
  })
}
