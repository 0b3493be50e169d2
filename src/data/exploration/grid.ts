// The grid of candidates: relation × column × aggregate × window, as definitions like those that people write.
import type { Aggregate, AggregateFeature, Condition, EntityDefinition } from '../../core/definition.ts'
import { aggregateText } from '../../core/feature-text.ts'
import type { Column } from '../../core/schema.ts'
import type { FoundRelation } from './relations.ts'

/** What the grid is made of when nothing is said, the cheaper ones first: of two that say the same the first is kept. */
export const GRID_AGGREGATES = ['count', 'mean', 'sum', 'timeSince', 'last', 'stddev', 'min', 'max', 'share', 'countDistinct', 'percentile'] as const satisfies readonly Aggregate[]

/** What else may be asked for. lastN gives text of many values, which no learner reads. */
export const OTHER_AGGREGATES = ['first', 'approxCountDistinct'] as const satisfies readonly Aggregate[]

/** What they say does not change with the window, as long as it has rows: only the longest is taken. */
const OF_ONE_WINDOW: readonly Aggregate[] = ['timeSince', 'last', 'first']

const SHORT: Partial<Record<Aggregate, string>> = { timeSince: 'seconds_since', countDistinct: 'distinct', approxCountDistinct: 'about_distinct' }

const PERCENTILES = [{ p: 0.5, name: 'median' }, { p: 0.9, name: 'p90' }]

const MAX_NAME = 100

export interface GridCandidate {
  relation: FoundRelation
  /** The view that it would be a feature of; one a relation. */
  view: string
  feature: AggregateFeature
  text: string
}

export interface GridOptions {
  aggregates: readonly Aggregate[]
  /** The shortest first, 'lifetime' last. */
  windows: readonly string[]
  /** Names that are taken. */
  views: readonly string[]
  /** Keys of any entity: they are names, not quantities. */
  keys: ReadonlySet<string>
  /** The most frequent values of a text column of a source. */
  categoriesOf(source: string, column: string): readonly string[]
}

/**
 * Candidates in the order in which they are kept: by relation, then aggregate, column and window. Of too many the dearer aggregates of all relations are left out.
 */
export function makeGrid(relations: readonly FoundRelation[], most: number, options: GridOptions): { grid: GridCandidate[]; leftOut: number } {
  const taken = new Set(options.views)
  const views = relations.map(r => unused(taken, [...r.entities.map(e => e.name), r.source.name].join('_')))
  const names = relations.map(() => new Set<string>())
  const { windows } = options
  const all = options.aggregates.flatMap(aggregate => relations.flatMap((relation, i) => {
    const over = OF_ONE_WINDOW.includes(aggregate) ? windows.slice(-1) : windows
    return shapesOf(aggregate, relation, options).flatMap(({ stem, ...shape }) => over.map((window): GridCandidate => {
      const feature: AggregateFeature = { name: unused(names[i], over.length === 1 && OF_ONE_WINDOW.includes(aggregate) ? stem : `${stem}_${window}`), aggregate, ...shape, window }
      return { relation, view: views[i], feature, text: describeCandidate(relation, feature) }
    }))
  }))
  const place = new Map(relations.map((r, i) => [r, i]))
  const grid = all.slice(0, most).sort((a, b) => (place.get(a.relation) ?? 0) - (place.get(b.relation) ?? 0))
  return { grid, leftOut: all.length - grid.length }
}

/** What an aggregate can be of in a source, with the beginning of its name. */
function shapesOf(aggregate: Aggregate, { source, entities }: FoundRelation, { keys, categoriesOf }: GridOptions): (Pick<AggregateFeature, 'column' | 'p' | 'of'> & { stem: string })[] {
  const short = SHORT[aggregate] ?? aggregate
  if (aggregate === 'count' || aggregate === 'timeSince') return [{ stem: short }]
  const columns = valueColumns(source, entities)
  const isName = (c: Column): boolean => c.type === 'string' || keys.has(c.name)
  switch (aggregate) {
    case 'countDistinct': case 'approxCountDistinct': return columns.filter(isName).map(c => ({ stem: `${short}_${slug(c.name)}`, column: c.name }))
    case 'share': return columns.flatMap((c): { stem: string; of: Condition[] }[] => {
      if (c.type === 'boolean') return [{ stem: `share_${slug(c.name)}`, of: [{ column: c.name, equals: true }] }]
      return c.type === 'string' ? categoriesOf(source.name, c.name).map(value => ({ stem: `share_${slug(c.name)}_${slug(value)}`, of: [{ column: c.name, equals: value }] })) : []
    })
    default: {
      const numbers = columns.filter(c => (c.type === 'float64' || c.type === 'int64') && !isName(c))
      if (aggregate === 'percentile') return numbers.flatMap(c => PERCENTILES.map(({ p, name }) => ({ stem: `${name}_${slug(c.name)}`, column: c.name, p })))
      return numbers.map(c => ({ stem: `${short}_${slug(c.name)}`, column: c.name }))
    }
  }
}

/** Columns that say something of a row beyond who, when and which. */
export function valueColumns(source: FoundRelation['source'], entities: readonly EntityDefinition[]): Column[] {
  const no = new Set([source.eventTime, source.knownAt, ...entities.map(e => e.key), ...(source.id.length === 1 ? source.id : [])])
  return source.columns.filter(c => !no.has(c.name) && c.type !== 'timestamp')
}

function describeCandidate({ source, entities }: FoundRelation, feature: AggregateFeature): string {
  const of = feature.column === undefined ? '' : ` of ${feature.column}`
  return `${aggregateText(feature).replace(' over ', `${of} over `)} by ${entities.map(e => e.name).join(' and ')}, from ${source.name}`
}

/** As names of Slipway's own are written. */
function slug(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '') || 'value'
}

/** The name, or with the first number that makes it unused; then it is taken. */
function unused(taken: Set<string>, wanted: string): string {
  let name = wanted.slice(0, MAX_NAME)
  for (let n = 2; taken.has(name); n++) name = `${wanted.slice(0, MAX_NAME - 1 - String(n).length)}_${n}`
  taken.add(name)
  return name
}
