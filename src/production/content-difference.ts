import type { Json } from '../core/canonical.ts'
import type { ModelContent } from '../core/definition.ts'
import { digestOf } from '../core/digest.ts'
import type { Release } from './release.ts'

/** One thing that a deployment would change, in words that a person can check; null where it was or will not be there. */
export interface ContentChange { path: string; from: Json; to: Json }

interface Side { release: Release; content: ModelContent }

/** What differs between two releases, by path. Definitions are shown by digest and name, not in full. */
export function changesBetween(from: Side | null, to: Side): ContentChange[] {
  const before = from === null ? new Map<string, Json>() : outline(from)
  const after = outline(to)
  const changes: ContentChange[] = []
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const a = before.get(path) ?? null
    const b = after.get(path) ?? null
    if (a !== b) changes.push({ path, from: a, to: b })
  }
  return changes
}

function outline({ release, content }: Side): Map<string, Json> {
  const { features } = content
  const out = new Map<string, Json>([
    ['release', release.id],
    ['model version', `${release.model}@${release.modelVersion}`],
    ['content', release.contentDigest],
    ['model artifact', content.model.digest],
    ['model format', content.model.format],
    ['threshold', content.threshold],
    ['fallback', content.fallback === undefined ? null : digestOf(content.fallback as unknown as Json).slice(0, 12)],
    ['on-demand code', features.onDemandDigest],
    ['training set', release.lineage.trainingSet],
    ['gate', release.waiver === null ? release.gate?.id ?? null : 'waived'],
    ['gate value', release.gate?.candidate.value ?? null],
  ])
  for (const name of features.service.entities) out.set(`entity ${name}`, 'read')
  for (const r of features.service.request) out.set(`request ${r.name}`, r.optional === true ? `${r.type}, optional` : r.type)
  for (const o of features.outputs) out.set(`feature ${o.name}`, o.type)
  for (const view of features.views) out.set(`view ${view.name}`, digestOf(view as unknown as Json).slice(0, 12))
  for (const source of features.sources) out.set(`source ${source.name}`, digestOf(source as unknown as Json).slice(0, 12))
  return out
}
