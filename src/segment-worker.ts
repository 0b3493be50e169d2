// The thread behind segment-threads.ts: seals and checks segments with an engine of its own.
import './core/runtime.ts'
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { openDuckdb } from './adapters/engines/duckdb/index.ts'
import type { Config } from './core/config.ts'
import { SlipwayError, type ErrorCode } from './core/errors.ts'
import { segmentWorkOf, type SealedSegment, type SegmentExpectation, type SegmentProblem } from './store/index.ts'

export interface SegmentJob { id: number; seal?: { file: string; first: number; segmentsDir: string }; check?: { dir: string; expected?: SegmentExpectation } }
export type SegmentDone = { id: number } & ({ sealed: SealedSegment } | { problems: SegmentProblem[] } | { failed: { code: ErrorCode | null; message: string } })

/** What answers requests goes first where cores are short; sealing still gets on. On Linux a thread has a priority of its own. */
const PRIORITY = 5
try { if (process.platform === 'linux') setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), PRIORITY) } catch { /* Without it the work is the same. */ }

const work = segmentWorkOf(() => openDuckdb(workerData as Config['engine']))

parentPort!.on('message', (job: SegmentJob) => {
  void run(job).then(done => { parentPort!.postMessage(done) })
})

async function run({ id, seal, check }: SegmentJob): Promise<SegmentDone> {
  try {
    if (seal !== undefined) return { id, sealed: await work.seal(seal) }
    return { id, problems: await work.check(check!.dir, check!.expected) }
  } catch (error) {
    return { id, failed: { code: error instanceof SlipwayError ? error.code : null, message: error instanceof Error ? error.message : String(error) } }
  }
}
