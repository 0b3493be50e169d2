// Where values come from: of each the event time of the newest row that made it and its age, read as one more feature over the same rows.
import type { AggregateFeature, FeatureContent, LatestFeature, ViewDefinition } from '../../core/definition.ts'
import { splitReference, type CompiledService } from '../compiled-service.ts'
import { columnSql } from '../history/features.ts'

const TIME = '__event_time'
const AGE = '__age'

/**
 * Content with one more feature beside each of a view whose source has event times: `view.feature__event_time` of the latest row, `view.feature__age` (seconds)
 * of aggregates, whose rows no other feature could tell: those of a session lead up to t whether the column is missing in them or not.
 */
export function withEventTimes(content: FeatureContent): FeatureContent {
  const added: string[] = []
  const views = content.views.map((view): ViewDefinition => {
    const time = content.sources.find(s => s.name === view.source)?.eventTime
    const own = content.service.features.map(splitReference).filter(([name]) => name === view.name).map(([, feature]) => feature)
    if (time === undefined || own.length === 0) return view
    added.push(...own.map(feature => `${view.name}.${feature}${view.kind === 'latest' ? TIME : AGE}`))
    if (view.kind === 'latest') return { ...view, features: [...view.features, ...own.map((name): LatestFeature => ({ name: `${name}${TIME}`, column: time }))] }
    return { ...view, features: [...view.features, ...view.features.filter(f => own.includes(f.name)).map(ageOf)] }
  })
  return { ...content, views, service: { ...content.service, features: [...content.service.features, ...added] }, outputs: [...content.outputs, ...added.map(name => ({ name, type: name.endsWith(TIME) ? 'timestamp' as const : 'float64' as const }))] }
}

function ageOf({ name, window, where, column }: AggregateFeature): AggregateFeature { return { name: `${name}${AGE}`, aggregate: 'timeSince', window, where, column } }

/** The two columns of each such feature, over `x`, those who ask at `x.t`. */
export function eventTimeColumns(service: CompiledService, features: readonly string[]): { name: string; sql: string; type: string }[] {
  return features.flatMap(feature => {
    const found = service.outputs.find(o => o.name === `${feature}${TIME}` || o.name === `${feature}${AGE}`)
    if (found === undefined) return []
    const sql = columnSql(found)
    // An age is one division, so that times less than a century apart come back exactly.
    const [time, age] = found.name.endsWith(TIME) ? [sql, `(x.t - epoch_us(${sql})) / 1000000.0`] : [`make_timestamptz(x.t - CAST(round(${sql} * 1000000.0) AS BIGINT))`, sql]
    return [{ name: `${feature}${TIME}`, sql: time, type: 'TIMESTAMPTZ' }, { name: `${feature}${AGE}`, sql: age, type: 'DOUBLE' }]
  })
}
