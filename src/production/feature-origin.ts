import { entitiesOf, type FeatureContent, type ViewDefinition, type Window } from '../core/definition.ts'
import { aggregateText } from '../core/feature-text.ts'
import type { Value } from '../core/schema.ts'
import { parseDuration, type Micros } from '../core/time.ts'
import type { JournaledPrediction } from './prediction-frame.ts'

/** Where one value came from. */
export type FeatureOrigin = { name: string; value: Value } & (
  | { from: 'request' }
  | { from: 'on-demand'; export: string; inputs: string[] }
  | {
    from: 'view'
    view: string
    source: string
    entity: string
    key: Value
    column: string | null
    /** `mean over 1h`, `latest`. */
    rule: string
    /** The event times that it covers, (from, to]; null: a static source, or no limit in the past. */
    after: Micros | null
    until: Micros | null
    /** Journal position of the state that was read. */
    asOf: number
  }
)

/** The origin of every value that a prediction was computed from, in the order of the model's inputs. */
export function traceFeatures(content: FeatureContent, prediction: Pick<JournaledPrediction, 'features' | 'entities' | 'eventTime'> & { asOf: number }): FeatureOrigin[] {
  const functions = content.service.onDemand?.functions ?? []
  return content.outputs.map(({ name }): FeatureOrigin => {
    const value = prediction.features[name]
    const computed = functions.find(f => f.name === name)
    if (computed !== undefined) return { name, value, from: 'on-demand', export: computed.export, inputs: computed.inputs }
    const dot = name.indexOf('.')
    const view = content.service.features.includes(name) ? content.views.find(v => v.name === name.slice(0, dot)) : undefined
    if (view === undefined) return { name, value, from: 'request' }
    const isStatic = content.sources.find(s => s.name === view.source)?.eventTime === undefined
    const entities = entitiesOf(view)
    const keys = entities.map(e => prediction.entities[e] ?? null)
    const key = keys.length === 1 ? keys[0] : keys.map(String).join(', ')
    const { column, rule, window } = ruleOf(view, name.slice(dot + 1))
    return {
      name, value, from: 'view', view: view.name, source: view.source, entity: entities.join(', '), key, column, rule,
      after: isStatic || window === null ? null : prediction.eventTime - window, until: isStatic ? null : prediction.eventTime, asOf: prediction.asOf,
    }
  })
}

function ruleOf(view: ViewDefinition, name: string): { column: string | null; rule: string; window: Micros | null } {
  if (view.kind === 'latest') {
    return { column: view.features.find(f => f.name === name)?.column ?? null, rule: view.ttl === undefined ? 'latest' : `latest within ${view.ttl}`, window: view.ttl === undefined ? null : parseDuration(view.ttl) }
  }
  const feature = view.features.find(f => f.name === name)
  return { column: feature?.column ?? null, rule: feature === undefined ? 'unknown' : aggregateText(feature), window: feature === undefined ? null : reachBack(feature.window) }
}

/** How far back a window reaches at most; null for a lifetime. */
function reachBack(window: Window): Micros | null {
  if (typeof window === 'string') return parseDuration(window)
  return parseDuration('tumbling' in window ? window.tumbling : window.longest ?? '1d')
}
