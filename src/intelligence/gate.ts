import { formatActor, type Actor } from '../core/actor.ts'
import { canonicalize, type Json } from '../core/canonical.ts'
import type { FeatureContent, ModelDefinition } from '../core/definition.ts'
import { digestOf } from '../core/digest.ts'
import { SlipwayError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import type { Champion } from '../core/ports/champions.ts'
import type { Micros } from '../core/time.ts'
import { compareScores, type Comparison } from './comparison.ts'
import { scoreRows } from './evaluation.ts'
import { readHoldout, type LabelledRows } from './labelled-rows.ts'
import type { IntelligenceParts } from './parts.ts'
import { versionId, type Gate, type Run, type VersionDocument } from './records.ts'
import { readGate, readModel, readRun, readVersion } from './registry.ts'

/** A gate computed again from stored rows and artifacts. */
export interface GateCheck {
  gate: string
  equal: boolean
  /** The numbers that differ: as recorded, as computed now. */
  differences: { name: string; recorded: unknown; computed: unknown }[]
}

/**
 * Compares the version with the champion, or with its run's baseline where none is deployed, on the run's holdout, under the policy that is
 * registered now: on those of its rows that did not train the reference. Both outcomes are recorded. A version that was approved or rejected is not judged again.
 * @throws SlipwayError `not_found`; `conflict` when the version was decided; `invalid_request` when the reference was trained on the whole holdout.
 */
export async function judgeVersion(parts: IntelligenceParts, request: { model: string; version: number | null; actor: Actor }): Promise<Gate> {
  const { metadata, clock } = parts
  const definition = await readModel(metadata, request.model)
  const { body: { version, contentDigest, run: runId, content } } = await readVersion(metadata, request.model, request.version)
  const run = await readRun(metadata, runId)
  const policy = definition.evaluation
  const reference = await findReference(parts, definition, run, request.actor)
  const inputs: Gate['inputs'] = { evaluationSet: run.data!.evaluationSet, holdoutFrom: Math.max(run.data!.holdoutFrom, reference.unseenFrom), candidate: content.model, ...reference.inputs }
  const comparison = await compare(parts, inputs, content.features, reference.name, policy)
  const gate: Gate = {
    id: newId('gate'), model: request.model, version, contentDigest, actor: formatActor(request.actor), policy,
    metric: 'auc', test: 'delong-paired', reference: reference.name, margin: policy.margin, alpha: policy.alpha, ...comparison, inputs, at: clock.now(),
  }
  await metadata.change({
    actor: request.actor, action: gate.passed ? 'gate.passed' : 'gate.refused', subject: `gate/${gate.id}`,
    details: {
      model: gate.model, version, contentDigest, reference: gate.reference, rows: gate.rows, difference: { ...gate.difference }, margin: gate.margin, alpha: gate.alpha,
      pValue: gate.pValue, detectable: gate.detectable, reason: gate.reason,
    },
  }, async tx => {
    const current = await readVersion(tx, request.model, version)
    if (current.body.approval !== null) throw new SlipwayError('conflict', `${request.model}@${version} was decided under gate ${current.body.gate}; train a new candidate to judge again.`)
    await tx.put('gate', gate.id, gate, { revision: 0 })
    await tx.put<VersionDocument>('modelVersion', versionId(request.model, version), { ...current.body, gate: gate.id }, { revision: current.revision })
  })
  return gate
}

/** Computes a recorded gate again, from its stored rows and artifacts, under its recorded policy. */
export async function recheckGate(parts: IntelligenceParts, id: string): Promise<GateCheck> {
  const gate = await readGate(parts.metadata, id)
  const { body: { content } } = await readVersion(parts.metadata, gate.model, gate.version)
  const computed = await compare(parts, gate.inputs, content.features, gate.reference, gate)
  const differences = (Object.keys(computed) as (keyof Comparison)[])
    .filter(name => canonicalize(gate[name] as Json) !== canonicalize(computed[name] as Json))
    .map(name => ({ name, recorded: gate[name], computed: computed[name] }))
  return { gate: id, equal: differences.length === 0, differences }
}

type Reference = Pick<Gate['inputs'], 'reference' | 'referenceSet' | 'referenceContent' | 'referenceFeatures'>

/** `unseenFrom`: rows before it may have trained the reference, and would flatter it. */
async function findReference(parts: IntelligenceParts, definition: ModelDefinition, run: Run, actor: Actor): Promise<{ name: string; inputs: Reference; unseenFrom: Micros }> {
  const { evaluationSet } = run.data!
  const champion = await parts.champions?.champion(definition.name) ?? null
  if (champion === null) {
    const { learner, artifact } = run.reference!
    return { name: `baseline:${learner.name}`, unseenFrom: run.data!.holdoutFrom, inputs: { reference: artifact, referenceSet: evaluationSet, referenceContent: null, referenceFeatures: null } }
  }
  const { name, content: { model, features }, contentDigest } = champion
  const same = digestOf(features as unknown as Json) === run.featuresDigest
  return {
    name, unseenFrom: await findUnseen(parts, definition.name, contentDigest),
    inputs: {
      reference: model, referenceContent: contentDigest,
      referenceSet: same ? evaluationSet : await createReferenceSet(parts, definition, run, champion, actor),
      referenceFeatures: same ? null : features,
    },
  }
}

/** The end of the rows that trained a version of the model; the beginning of time for content that no run made. */
async function findUnseen({ metadata }: IntelligenceParts, model: string, contentDigest: string): Promise<Micros> {
  const versions = await metadata.list<VersionDocument>('modelVersion', { prefix: `${model}@` })
  const made = versions.find(v => v.body.contentDigest === contentDigest)
  if (made === undefined) return Number.NEGATIVE_INFINITY
  return (await readRun(metadata, made.body.run)).data?.holdoutFrom ?? Number.NEGATIVE_INFINITY
}

/** The champion's own features for the same examples, so that each model is judged on what it reads. */
async function createReferenceSet({ features }: IntelligenceParts, definition: ModelDefinition, run: Run, champion: Champion, actor: Actor): Promise<string> {
  const content = champion.content.features
  const set = await features.createTrainingSet({
    name: `${definition.name}-champion`, service: content.service.name, content, examples: definition.examples,
    from: run.from, to: run.to, labelsKnownBy: run.labelsKnownBy, actor, purpose: 'evaluation',
  })
  if (set.contentDigest !== digestOf(content as unknown as Json)) {
    throw new SlipwayError('conflict', `The features of ${champion.name} cannot be computed for the holdout of ${definition.name}: their definitions have changed since.`)
  }
  return set.version
}

async function compare(
  { features, blobs }: IntelligenceParts, inputs: Gate['inputs'], content: FeatureContent, referenceName: string, policy: { margin: number; alpha: number },
): Promise<Comparison> {
  const rows = readHoldout(await features.loadDataset(inputs.evaluationSet), inputs.holdoutFrom, content)
  if (!rows.labels.includes(1) || !rows.labels.includes(0)) {
    throw new SlipwayError('invalid_request', `Of the holdout, ${rows.labels.length} rows did not train ${referenceName}, and both outcomes are needed among them: there is nothing fair to compare on. Train the candidate on a range that ends later.`)
  }
  let referenceRows = rows
  if (inputs.referenceFeatures !== null) {
    referenceRows = readHoldout(await features.loadDataset(inputs.referenceSet), inputs.holdoutFrom, inputs.referenceFeatures)
    if (!isSame(rows, referenceRows)) throw new SlipwayError('conflict', `The examples of ${referenceName} are not those of the candidate: the data has changed since. Train again.`)
  }
  const candidate = await scoreRows(blobs, inputs.candidate.digest, rows)
  const reference = await scoreRows(blobs, inputs.reference.digest, referenceRows)
  return compareScores({ candidate, reference, labels: rows.labels, referenceName }, policy)
}

function isSame(a: LabelledRows, b: LabelledRows): boolean {
  return a.labels.length === b.labels.length && a.labels.every((label, i) => label === b.labels[i] && a.times[i] === b.times[i])
}
