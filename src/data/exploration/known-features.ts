import { canonicalize, type Json } from '../../core/canonical.ts'
import { entitiesOf, type AggregateFeature, type FeatureContent } from '../../core/definition.ts'
import { planWindow, windowKey } from '../meaning/window.ts'
import type { GridCandidate } from './grid.ts'

/** The feature of a service by what it computes; undefined for what the service does not read. */
export function knownFeatures(content: FeatureContent): (candidate: GridCandidate) => string | undefined {
  const known = new Map<string, string>()
  for (const view of content.views) {
    if (view.kind !== 'aggregate' || (view.where?.length ?? 0) > 0) continue
    // A look-up's column is none of the source, so that no candidate can be meant.
    for (const f of view.features) if (content.service.features.includes(`${view.name}.${f.name}`)) known.set(meaningOf(view.source, entitiesOf(view), f), `${view.name}.${f.name}`)
  }
  return ({ relation, feature }) => known.get(meaningOf(relation.source.name, relation.entities.map(e => e.name), feature))
}

function meaningOf(source: string, entities: readonly string[], feature: AggregateFeature): string {
  const { name: _, window, ...rest } = feature
  return canonicalize({ source, entities: [...entities].sort(), window: windowKey(planWindow(window, 'window')), ...rest } as unknown as Json)
}
