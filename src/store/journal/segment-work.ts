import type { Engine } from '../../core/ports/engine.ts'
import { checkSegment, type SegmentExpectation, type SegmentProblem } from './check.ts'
import type { SealedSegment } from './journal.ts'
import { sealSegment } from './seal.ts'

/** The heavy work on segments. It needs nothing but files, so it may be done in threads of their own. */
export interface SegmentWork {
  seal(request: { file: string; first: number; segmentsDir: string }): Promise<SealedSegment>
  check(dir: string, expected?: SegmentExpectation): Promise<SegmentProblem[]>
  /** How many may run side by side. */
  readonly parallel: number
  close(): Promise<void>
}

/** An engine, or how to open one: a badly damaged file may leave an engine unable to go on, and the next segment then needs another. */
export type EngineSource = Engine | (() => Promise<Engine>)

/** One after another in the caller's thread. An engine that it opened is closed with it. */
export function segmentWorkOf(source: EngineSource): SegmentWork {
  let opened: Promise<Engine> | null = null
  const engine = (): Promise<Engine> => (typeof source === 'function' ? opened ??= source() : Promise.resolve(source))
  const close = async (): Promise<void> => {
    const last = opened
    opened = null
    await last?.then(e => e.close()).catch(() => undefined)
  }
  return {
    parallel: 1, close,
    seal: async request => sealSegment({ ...request, engine: await engine() }),
    async check(dir, expected) {
      const problems = await checkSegment(dir, await engine(), expected)
      if (problems.length > 0) await close()
      return problems
    },
  }
}
