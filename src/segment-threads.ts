// Sealing and checking take the time of a core: threads do it beside what answers requests.
import { Worker } from 'node:worker_threads'
import type { Config } from './core/config.ts'
import { SlipwayError } from './core/errors.ts'
import type { SegmentDone, SegmentJob } from './segment-worker.ts'
import type { SealedSegment, SegmentProblem, SegmentWork } from './store/index.ts'

type Job = SegmentJob extends infer J ? Omit<J & object, 'id'> : never
interface Thread { worker: Worker; waiting: Map<number, { resolve(done: SegmentDone): void; reject(error: unknown): void }> }

/** Threads are started on first use, one a job up to `parallel`, and keep nobody alive while they have no work. */
export function openSegmentThreads(config: Config['engine'], parallel = 2): SegmentWork {
  const threads: Thread[] = []
  let ids = 0
  let closed = false

  const start = (): Thread => {
    const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
    const worker = new Worker(new URL(`./segment-worker${extension}`, import.meta.url), { name: 'segments', workerData: { ...config, memory: '1GB', threads: 1 } satisfies Config['engine'] })
    const thread: Thread = { worker, waiting: new Map() }
    const end = (why: string, cause?: unknown): void => {
      if (threads.includes(thread)) threads.splice(threads.indexOf(thread), 1)
      for (const { reject } of thread.waiting.values()) reject(new SlipwayError('internal', why, { cause }))
      thread.waiting.clear()
    }
    worker.on('message', (done: SegmentDone) => {
      const job = thread.waiting.get(done.id)
      thread.waiting.delete(done.id)
      if (thread.waiting.size === 0) worker.unref()
      job?.resolve(done)
    })
    worker.on('error', error => { end(`The thread that works on segments failed: ${error instanceof Error ? error.message : String(error)}`, error) })
    worker.on('exit', () => { end('The thread that works on segments ended.') })
    worker.unref()
    threads.push(thread)
    return thread
  }

  const run = async (job: Job): Promise<Exclude<SegmentDone, { failed: unknown }>> => {
    if (closed) throw new SlipwayError('stopping', 'The journal is closing.')
    const idle = threads.find(t => t.waiting.size === 0)
    const thread = idle ?? (threads.length < parallel ? start() : threads.reduce((a, b) => (a.waiting.size <= b.waiting.size ? a : b)))
    const id = ids++
    thread.worker.ref()
    const done = await new Promise<SegmentDone>((resolve, reject) => {
      thread.waiting.set(id, { resolve, reject })
      thread.worker.postMessage({ id, ...job } satisfies SegmentJob)
    })
    if ('failed' in done) throw new SlipwayError(done.failed.code ?? 'internal', done.failed.message)
    return done
  }

  return {
    parallel,
    seal: async request => (await run({ seal: request }) as { sealed: SealedSegment }).sealed,
    check: async (dir, expected) => (await run({ check: { dir, expected } }) as { problems: SegmentProblem[] }).problems,
    async close() {
      closed = true
      await Promise.all(threads.splice(0).map(t => t.worker.terminate()))
    },
  }
}
