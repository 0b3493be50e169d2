import { describe, expect, it } from 'vitest'
import { entitiesOf, type AggregateView, type FeatureContent, type ProjectDefinition } from '../../core/definition.ts'
import { buildFeatureContent } from '../feature-content.ts'
import { checkProject } from '../project-check.ts'
import { GRID_AGGREGATES, makeGrid, OTHER_AGGREGATES } from './grid.ts'
import { knownFeatures } from './known-features.ts'
import { findRelations } from './relations.ts'

const PROJECT: ProjectDefinition = {
  name: 'shops',
  entities: [{ name: 'shop', key: 'shop_id', type: 'int64' }, { name: 'customer', key: 'customer', type: 'string' }, { name: 'courier', key: 'courier', type: 'string' }],
  datasets: [{ name: 'sales', files: ['sales.csv'] }, { name: 'visits', files: ['visits.csv'] }, { name: 'shops', files: ['shops.csv'] }],
  sources: [
    {
      name: 'sales', dataset: 'sales', id: ['sale'], eventTime: 'at', knownAt: 'known',
      columns: [
        { name: 'sale', type: 'string' }, { name: 'at', type: 'timestamp' }, { name: 'known', type: 'timestamp' }, { name: 'shop_id', type: 'int64' }, { name: 'customer', type: 'string' },
        { name: 'Amount (EUR)', type: 'float64' }, { name: 'amount-eur', type: 'int64' }, { name: 'gift', type: 'boolean' }, { name: 'kind', type: 'string' }, { name: 'paid_at', type: 'timestamp' }, { name: 'courier', type: 'string' },
      ],
    },
    { name: 'visits', dataset: 'visits', id: ['customer', 'at'], eventTime: 'at', columns: [{ name: 'customer', type: 'string' }, { name: 'at', type: 'timestamp' }] },
    { name: 'register', dataset: 'shops', id: ['shop_id'], columns: [{ name: 'shop_id', type: 'int64' }, { name: 'size', type: 'float64' }] },
  ],
  views: [{
    name: 'shop_sales', kind: 'aggregate', entity: 'shop', source: 'sales',
    features: [{ name: 'mean', aggregate: 'mean', column: 'Amount (EUR)', window: '60m' }, { name: 'of_gifts', aggregate: 'count', window: '1h', where: [{ column: 'gift', equals: true }] }, { name: 'unread', aggregate: 'count', window: '1h' }],
  }],
  services: [{ name: 'order', entities: ['shop', 'customer'], request: [], features: ['shop_sales.mean', 'shop_sales.of_gifts'] }],
  models: [], endpoints: [],
}
const CONTENT: FeatureContent = buildFeatureContent(PROJECT.services[0], PROJECT, null)
const OPTIONS = {
  aggregates: [...GRID_AGGREGATES, ...OTHER_AGGREGATES], windows: ['1h', '7d', 'lifetime'], views: PROJECT.views.map(v => v.name), keys: new Set(PROJECT.entities.map(e => e.key)),
  categoriesOf: (source: string, column: string): string[] => (source === 'sales' && column === 'kind' ? ['a b', 'a-b', 'ü'] : []),
}

describe('relations', () => {
  it('are the sources of events with an entity\'s key, then pairs of keys', () => {
    const found = findRelations(CONTENT, PROJECT, {})
    expect(found.map(r => `${r.entities.map(e => e.name).join('+')} ${r.source.name}`)).toEqual(['shop sales', 'customer sales', 'customer visits', 'shop+customer sales'])
    expect(findRelations(CONTENT, PROJECT, { sources: ['visits'] })).toHaveLength(1)
    expect(findRelations(CONTENT, PROJECT, { relations: [{ source: 'sales', entities: ['customer', 'shop'] }] })[0].entities.map(e => e.name)).toEqual(['customer', 'shop'])
  })
  it.each<[string, Parameters<typeof findRelations>[2], string]>([
    ['a source that is not there', { sources: ['visit'] }, 'Did you mean "visits"?'], ['a static source', { sources: ['register'] }, 'has no event time'],
    ['an entity that the service does not have', { relations: [{ source: 'sales', entities: ['courier'] }] }, "'courier' is no entity of service order"],
    ['a source without that key', { relations: [{ source: 'visits', entities: ['shop'] }] }, "source visits has no column 'shop_id'"],
    ['an entity twice', { relations: [{ source: 'sales', entities: ['shop', 'shop'] }] }, 'none twice'], ['no entity', { relations: [{ source: 'sales', entities: [] }] }, 'at least one'],
    ['sources of which none is related', { sources: [] }, 'there are none at all'],
  ])('refuse %s', (_what, wanted, message) => {
    expect(() => findRelations(CONTENT, PROJECT, wanted)).toThrow(expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(message) as string }))
  })
  it('say that there are none', () => {
    expect(() => findRelations(CONTENT, { ...PROJECT, sources: PROJECT.sources.slice(2) }, {})).toThrow(/no source of events has the key column/)
    expect(() => findRelations({ ...CONTENT, service: { ...CONTENT.service, entities: [] } }, PROJECT, {})).toThrow(/it has no entities/)
  })
})

describe('the grid', () => {
  const relations = findRelations(CONTENT, PROJECT, {})
  const { grid, leftOut } = makeGrid(relations, 1_000, OPTIONS)

  it('is made of views that a project may have', () => {
    const views = new Map<string, AggregateView>()
    for (const { view, relation, feature } of grid) {
      const entity = relation.entities.map(e => e.name)
      const found = views.get(view) ?? { name: view, kind: 'aggregate', entity: entity.length === 1 ? entity[0] : entity, source: relation.source.name, features: [] }
      found.features.push(feature)
      views.set(view, found)
    }
    expect(leftOut).toBe(0)
    expect([...views.values()].map(v => [v.name, entitiesOf(v)])).toEqual([['shop_sales_2', ['shop']], ['customer_sales', ['customer']], ['customer_visits', ['customer']], ['shop_customer_sales', ['shop', 'customer']]])
    expect(checkProject({ ...PROJECT, views: [...PROJECT.views, ...views.values()] })).toEqual([])
  })
  it('takes numbers for quantities, keys and text for names, and what is no value for none', () => {
    const of = (view: string, aggregate: string): string[] => [...new Set(grid.filter(c => c.view === view && c.feature.aggregate === aggregate && (c.feature.window === '7d' || ['last', 'first', 'timeSince'].includes(aggregate))).map(c => c.feature.name))]
    expect(of('shop_sales_2', 'mean')).toEqual(['mean_amount_eur_7d', 'mean_amount_eur_7d_2'])
    expect(of('customer_sales', 'mean')).toEqual(['mean_amount_eur_7d', 'mean_amount_eur_7d_2'])
    expect(of('customer_sales', 'countDistinct')).toEqual(['distinct_shop_id_7d', 'distinct_kind_7d', 'distinct_courier_7d'])
    expect(of('shop_sales_2', 'share')).toEqual(['share_gift_7d', 'share_kind_a_b_7d', 'share_kind_a_b_7d_2', 'share_kind_value_7d'])
    expect(of('shop_sales_2', 'percentile')).toEqual(['median_amount_eur_7d', 'p90_amount_eur_7d', 'median_amount_eur_7d_2', 'p90_amount_eur_7d_2'])
    expect(of('customer_visits', 'count')).toEqual(['count_7d'])
    expect(of('customer_visits', 'mean')).toEqual([])
    // One window says all.
    expect(of('customer_visits', 'timeSince')).toEqual(['seconds_since'])
    expect(grid.filter(c => c.feature.aggregate === 'last').every(c => c.feature.window === 'lifetime')).toBe(true)
    expect(grid.find(c => c.view === 'shop_customer_sales' && c.feature.aggregate === 'mean')?.text).toBe('mean of Amount (EUR) over 1h by shop and customer, from sales')
  })
  it('leaves out the dearer aggregates of all relations when there are too many', () => {
    const few = makeGrid(relations, 20, OPTIONS)
    expect(few.leftOut).toBe(grid.length - 20)
    expect(new Set(few.grid.map(c => c.feature.aggregate))).toEqual(new Set(['count', 'mean']))
    expect(new Set(few.grid.map(c => c.view)).size).toBe(4)
    expect(few.grid.map(c => grid.findIndex(g => g.view === c.view && g.feature.name === c.feature.name))).toEqual(few.grid.map(c => grid.findIndex(g => g.view === c.view && g.feature.name === c.feature.name)).sort((a, b) => a - b))
  })
  it('knows what the service reads already, under whatever name', () => {
    const known = knownFeatures(CONTENT)
    const found = grid.filter(c => known(c) !== undefined).map(c => [`${c.view}.${c.feature.name}`, known(c)])
    expect(found).toEqual([['shop_sales_2.mean_amount_eur_1h', 'shop_sales.mean']])
  })
})
