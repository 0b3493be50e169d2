import type { Actor } from '../core/actor.ts'
import type { LearnerDefinition } from '../core/definition.ts'
import { sha256 } from '../core/digest.ts'
import { readRows } from './labelled-rows.ts'
import { learn } from './learning.ts'
import type { IntelligenceParts } from './parts.ts'
import { versionId } from './records.ts'
import { readRun, readVersion } from './registry.ts'

export interface Reproduction {
  model: string
  version: number
  run: string
  trainingSet: string
  /** Artifact digests: as registered, as trained now. */
  recorded: string
  reproduced: string
  equal: boolean
}

/** Trains a version again from its recorded rows, learner, parameters and seed; nothing is registered, the ledger has the result. */
export async function reproduceVersion(
  parts: IntelligenceParts, request: { model: string; version: number | null; actor: Actor; signal?: AbortSignal },
): Promise<Reproduction> {
  const { metadata, features } = parts
  const { body: { model, version, run, content, lineage } } = await readVersion(metadata, request.model, request.version)
  const { validationFraction } = await readRun(metadata, run)
  const rows = readRows(await features.loadDataset(lineage.trainingSet), content.features)
  const learner = { name: lineage.learner as LearnerDefinition['name'], params: lineage.params }
  const { artifact } = await learn(rows, learner, { seed: lineage.seed, validationFraction, signal: request.signal })
  const recorded = content.model.digest
  const reproduced = sha256(artifact)
  const result: Reproduction = { model, version, run, trainingSet: lineage.trainingSet, recorded, reproduced, equal: recorded === reproduced }
  await metadata.record({ actor: request.actor, action: 'model.reproduced', subject: `modelVersion/${versionId(model, version)}`, details: { ...result } })
  return result
}
