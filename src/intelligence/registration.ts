// From a finished run to a model version, in one change.
import type { Actor } from '../core/actor.ts'
import { SlipwayError } from '../core/errors.ts'
import type { Metadata } from '../metadata/index.ts'
import { versionId, type Run, type VersionDocument } from './records.ts'

/**
 * Gives the run's candidate the next version number of its model. Does nothing to a run that has one.
 * The entry's subject needs the number beforehand, so another registration in between makes it try again.
 */
export async function registerCandidate(metadata: Metadata, runId: string, actor: Actor): Promise<VersionDocument> {
  for (let attempt = 0; ; attempt++) {
    const run = (await metadata.get<Run>('run', runId))!
    const { content, contentDigest, data, candidate, model } = run.body
    if (content === null || contentDigest === null || data === null || candidate === null) throw new SlipwayError('internal', `Run ${runId} has no candidate.`)
    if (run.body.version !== null) return (await metadata.get<VersionDocument>('modelVersion', versionId(model, run.body.version)))!.body
    const newest = await metadata.list<VersionDocument>('modelVersion', { prefix: `${model}@`, reverse: true, limit: 1 })
    const version = (newest[0]?.body.version ?? 0) + 1
    const document: VersionDocument = {
      model, version, contentDigest, content, run: runId,
      lineage: { trainingSet: data.trainingSet, parents: data.parents, seed: run.body.seed, learner: candidate.learner.name, params: candidate.learner.params ?? {} },
      gate: null, approval: null, createdAt: run.body.finishedAt ?? run.body.startedAt,
    }
    try {
      await metadata.change({
        actor, action: 'model.registered', subject: `modelVersion/${versionId(model, version)}`,
        details: { model, version, run: runId, contentDigest, artifact: content.model.digest, trainingSet: data.trainingSet },
      }, async tx => {
        await tx.put('modelVersion', versionId(model, version), document, { revision: 0 })
        await tx.put<Run>('run', runId, { ...run.body, version }, { revision: run.revision })
      })
      return document
    } catch (error) {
      if (!(error instanceof SlipwayError && error.code === 'conflict') || attempt === 9) throw error
    }
  }
}
