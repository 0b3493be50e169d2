// What an endpoint answers with, loaded: made when its deployment changes, read by every prediction.
import { SlipwayError } from '../core/errors.ts'
import type { PredictionRole } from '../core/ports/predictions.ts'
import type { FeatureContent } from '../core/definition.ts'
import type { Stream } from '../store/index.ts'
import type { ContentStore, LoadedContent } from './loaded-content.ts'
import { entityColumns, fallbackStream, predictionStream } from './prediction-frame.ts'
import type { Release } from './release.ts'

/** A release that can be asked. */
export interface Answering {
  release: Release
  content: LoadedContent
  stream: Stream
  /** Of answers by its rules. */
  fallbackStream: Stream
}

export interface ServingRoute extends Answering {
  role: PredictionRole
  share: number
  /** What answered before, where the content's fallback names it and it takes the same requests. */
  previous: Answering | null
}

/** Everything that may answer for an endpoint. */
export interface Serving {
  champion: ServingRoute
  challenger: ServingRoute | null
  /** The least ledger size that has the deployment. */
  ledgerSize: number
}

/** Champion first. */
export function routesOf({ champion, challenger }: Pick<Serving, 'champion' | 'challenger'>): ServingRoute[] { return challenger === null ? [champion] : [champion, challenger] }

/** Its definitions, and what they make of the journal; model and features are got ready when they are first used. */
export async function openAnswering(contents: ContentStore, release: Release): Promise<Answering> {
  const content = await contents.load(release.contentDigest)
  const streamOf = (make: typeof predictionStream): Stream => make(release.endpoint, release.contentDigest, content.content)
  return { release, content, stream: streamOf(predictionStream), fallbackStream: streamOf(fallbackStream) }
}

/** Gets all of it ready, so that the next request waits for nothing. @throws SlipwayError why it cannot be. */
export async function makeReady({ content }: Answering): Promise<void> {
  await content.prepareFeatures()
  await content.loadModel()
}

/** Reads the model into memory where it is not. @throws SlipwayError `corrupt` with the release, or what keeps the blob store from answering. */
export async function loadModelOf({ release, content }: Answering): Promise<void> {
  try { await content.loadModel() } catch (cause) {
    // A fault of what is stored is never the caller's.
    const code = cause instanceof SlipwayError && cause.status >= 500 ? cause.code : 'corrupt'
    throw new SlipwayError(code, `${release.id} could not be loaded: ${(cause as Error).message}`, { cause })
  }
}

/** What of a challenger's request the champion's callers do not send, in words; empty when it takes every request that the champion takes. */
export function requestDifferences(champion: FeatureContent, challenger: FeatureContent): string[] {
  const differences: string[] = []
  const entities = entityColumns(champion)
  for (const { name, type } of entityColumns(challenger)) {
    const known = entities.find(e => e.name === name)
    if (known?.type !== type) differences.push(known === undefined ? `the entity ${name}` : `the entity ${name} as ${type}`)
  }
  for (const { name, type, optional } of challenger.service.request) {
    const known = champion.service.request.find(r => r.name === name)
    if (known === undefined) differences.push(`the request feature ${name}`)
    else if (known.type !== type) differences.push(`the request feature ${name} as ${type}`)
    else if (known.optional === true && optional !== true) differences.push(`the request feature ${name}, always`)
  }
  return differences
}

/** @throws SlipwayError `not_deployable` unless both can be asked with one request. */
export function assertSameRequest(champion: Answering, challenger: Answering): void {
  const differences = requestDifferences(champion.content.content.features, challenger.content.content.features)
  if (differences.length === 0) return
  throw new SlipwayError('not_deployable', `${challenger.release.id} cannot share traffic with ${champion.release.id}: it needs ${differences.join(', ')}.`, { remedy: 'Deploy it as champion; its callers must send what it needs.' })
}
