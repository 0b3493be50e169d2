import type { Actor } from '../core/actor.ts'
import type { IntelligenceParts } from './parts.ts'
import type { Run } from './records.ts'
import { registerCandidate } from './registration.ts'

const SYSTEM: Actor = { kind: 'system', name: 'slipway' }

/** At open: what a stopped process left. A run that was running has failed; a finished one without its version gets it. */
export async function settleRuns({ metadata, clock, log }: Pick<IntelligenceParts, 'metadata' | 'clock' | 'log'>): Promise<void> {
  for (let after: string | undefined; ;) {
    const page = await metadata.list<Run>('run', { limit: 500, after })
    for (const { id, revision, body } of page) {
      if (body.status === 'running') {
        const error = { code: 'stopping', message: 'The process stopped before the run was over. Train again.' }
        await metadata.change({ actor: SYSTEM, action: 'run.failed', subject: `run/${id}`, details: { model: body.model, error } }, async tx => {
          await tx.put<Run>('run', id, { ...body, status: 'failed', error, finishedAt: clock.now() }, { revision })
        })
        log.warn('an interrupted run was marked failed', { run: id, model: body.model })
      } else if (body.status === 'finished' && body.version === null) {
        const { version } = await registerCandidate(metadata, id, SYSTEM)
        log.warn('a finished run was registered', { run: id, model: body.model, version })
      }
    }
    if (page.length < 500) return
    after = page[page.length - 1].id
  }
}
