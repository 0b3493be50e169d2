import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SourceDefinition } from '../../core/definition.ts'
import { HOUR, MINUTE } from '../../core/time.ts'
import { openFeatureHome, type FeatureHome } from '../fixtures/feature-home.ts'

const START = 1_364_774_400_000_000
const SALES: SourceDefinition = { name: 'sales', dataset: 'sales', id: ['sale'], eventTime: 'at', columns: [{ name: 'sale', type: 'string' }, { name: 'at', type: 'timestamp' }, { name: 'shop', type: 'int64' }, { name: 'amount', type: 'float64' }] }

let home: FeatureHome
beforeEach(async () => {
  home = await openFeatureHome(START)
  await home.register({
    entities: [{ name: 'shop', key: 'shop', type: 'int64' }], sources: [SALES],
    views: [
      { name: 'recent', kind: 'aggregate', entity: 'shop', source: 'sales', features: [{ name: 'total', aggregate: 'sum', column: 'amount', window: '1h' }] },
      { name: 'last', kind: 'latest', entity: 'shop', source: 'sales', features: [{ name: 'amount', column: 'amount' }] },
    ],
  })
})
afterEach(async () => { await home.close() })

describe('the history of a value', () => {
  it('is what online state answers at each time, with the rows behind it', async () => {
    const { content, digest } = await home.features.describe(['recent.total', 'last.amount'])
    await home.features.prepare(content)
    const sales = [[0, 10], [30, 0.1], [50, 0.2], [100, 5]] as const
    for (const [minute, amount] of sales) {
      home.clock.time = START + minute * MINUTE
      await home.features.push('sales', [{ values: { sale: `s${minute}`, at: home.clock.time, shop: 7, amount } }, { values: { sale: `x${minute}`, at: home.clock.time, shop: 8, amount: 1_000 } }])
    }
    await home.journal.waitDurable()
    const history = await home.features.valueHistory(['recent.total', 'last.amount'], { entities: { shop: 7 }, from: START, to: START + 2 * HOUR, points: 5 })
    expect(history.times).toEqual([0, 30, 50, 60, 90, 100, 120].map(m => START + m * MINUTE))
    const online = await home.features.read(digest, history.times.map(at => ({ entities: { shop: 7 }, request: {}, at })))
    expect(history.values).toEqual(online.vectors)
    expect(history.values.map(v => v[0])).toEqual([10, 10.1, 10.3, 0.30000000000000004, 0.2, 5.2, 5])
    expect(history.asOf).toBe(8)
    expect(history.rows.map(r => [r.id, r.eventTime, r.values.amount])).toEqual(sales.map(([m, amount]) => [`s${m}`, START + m * MINUTE, amount]).reverse())
  })

  it('is told for a key that was never seen, and refuses what cannot be', async () => {
    const never = await home.features.valueHistory(['recent.total'], { entities: { shop: 9 }, from: START, to: START + HOUR, points: 2 })
    expect([never.values, never.rows]).toEqual([[[0], [0]], []])
    await expect(home.features.valueHistory(['recent.total'], { entities: {}, from: START, to: START + HOUR })).rejects.toMatchObject({ code: 'missing_entity' })
    await expect(home.features.valueHistory(['recent.total'], { entities: { shop: 'seven' }, from: START, to: START + HOUR })).rejects.toMatchObject({ code: 'wrong_type' })
    await expect(home.features.valueHistory(['recent.total'], { entities: { shop: 7 }, from: START, to: START })).rejects.toMatchObject({ code: 'invalid_request' })
  })
})
