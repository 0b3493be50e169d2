import { beforeEach, describe, expect, it } from 'vitest'
import type { SourceDefinition, ViewDefinition } from '../../core/definition.ts'
import type { Value } from '../../core/schema.ts'
import { HOUR, MINUTE } from '../../core/time.ts'
import { compileService } from '../compiled-service.ts'
import { buildFeatureContent } from '../feature-content.ts'
import { EventState } from './event-state.ts'
import { ServiceReader } from './service-reader.ts'
import { addNeeds, type Needs } from './state-spec.ts'
import { StateSet } from './state-set.ts'

const ORDERS: SourceDefinition = { name: 'orders', dataset: 'orders', id: ['order'], eventTime: 'at', columns: [{ name: 'order', type: 'string' }, { name: 'at', type: 'timestamp' }, { name: 'shop', type: 'string' }, { name: 'item', type: 'string' }] }
const PRICES: SourceDefinition = { name: 'prices', dataset: 'prices', id: ['price'], eventTime: 'at', columns: [{ name: 'price', type: 'string' }, { name: 'at', type: 'timestamp' }, { name: 'item', type: 'string' }, { name: 'amount', type: 'float64' }] }
const VIEWS: ViewDefinition[] = [
  { name: 'price', kind: 'latest', entity: 'item', source: 'prices', ttl: '1h', features: [{ name: 'amount', column: 'amount' }] },
  { name: 'revenue', kind: 'aggregate', entity: 'shop', source: 'orders', lookups: [{ name: 'paid', feature: 'price.amount' }], features: [{ name: 'total', aggregate: 'sum', column: 'paid', window: '2h' }] },
]
const service = compileService(buildFeatureContent({ name: 's', entities: ['shop'], request: [], features: ['revenue.total'] }, { entities: [{ name: 'shop', key: 'shop', type: 'string' }, { name: 'item', key: 'item', type: 'string' }], sources: [ORDERS, PRICES], views: VIEWS }, null))
const START = 1_000 * HOUR

let states: StateSet
let reader: ServiceReader
let sequence: number
beforeEach(() => { open() })

function open(fanOut?: number): void {
  const needs: Needs = new Map()
  addNeeds(needs, service.views)
  states = new StateSet()
  for (const [key, need] of needs) states.events.set(key, new EventState({ ...need, lateness: HOUR, fanOut }))
  reader = new ServiceReader(service, { compute: () => [] })
  reader.bind(states)
  sequence = 0
}

function push(source: SourceDefinition, knownAt: number, values: Value[]): void {
  states.apply({ source: source.name, columns: source.columns, first: ++sequence, events: [{ knownAt, values }] }, knownAt)
}
const price = (id: string, at: number, knownAt: number, item: string, amount: number): void => { push(PRICES, knownAt, [id, at, item, amount]) }
const order = (id: string, at: number, knownAt = at): void => { push(ORDERS, knownAt, [id, at, 'x', 'tea']) }
const total = (at: number): Value => reader.read({ entities: { shop: 'x' }, request: {}, at }, '')[0]

describe('a column that rows get from another view', () => {
  it('is what was known strictly before the row', () => {
    price('p1', START, START, 'tea', 1)
    order('same', START)
    order('after', START + 1)
    price('p2', START + MINUTE, START + 2 * MINUTE, 'tea', 10)
    order('early', START + MINUTE)
    order('late', START + MINUTE, START + 2 * MINUTE + 1)
    expect(total(START + MINUTE)).toBe(0 + 1 + 1)
    expect(total(START + 3 * MINUTE)).toBe(0 + 1 + 1 + 10)
  })

  it('changes with what comes in later and was known before, and with nothing else', () => {
    price('p1', START, START, 'tea', 1)
    order('a', START + MINUTE, START + 10 * MINUTE)
    expect(total(START + 10 * MINUTE)).toBe(1)
    // Known after everything so far, and still before the order was.
    price('p2', START + MINUTE, START + 5 * MINUTE, 'tea', 2)
    expect(total(START + 10 * MINUTE)).toBe(2)
    price('p3', START + MINUTE, START + 20 * MINUTE, 'tea', 4)
    expect(total(START + 10 * MINUTE)).toBe(2)
    // A backfill, of this key and of another.
    price('p4', START + MINUTE, START + 6 * MINUTE, 'milk', 8)
    expect(total(START + 10 * MINUTE)).toBe(2)
    price('p5', START + MINUTE, START + 6 * MINUTE, 'tea', 16)
    expect(total(START + 10 * MINUTE)).toBe(16)
  })

  it('changes in summaries too, until they have seen later events, and after backfills', () => {
    open(2)
    price('p1', START, START, 'tea', 1)
    for (let i = 0; i < 30; i++) order(`o${i}`, START + MINUTE + i, START + 10 * MINUTE)
    expect(total(START + 10 * MINUTE)).toBe(30)
    price('p2', START + 1, START + 5 * MINUTE, 'tea', 2)
    expect(total(START + 10 * MINUTE)).toBe(60)
    price('p3', START + 2, START + 20 * MINUTE, 'tea', 4)
    expect(total(START + 10 * MINUTE)).toBe(60)
    price('p4', START + 3, START + 7 * MINUTE, 'tea', 8)
    expect(total(START + 10 * MINUTE)).toBe(240)
    price('p5', START + MINUTE + 10, START + 8 * MINUTE, 'tea', 16)
    expect(total(START + 10 * MINUTE)).toBe(10 * 8 + 20 * 16)
  })

  it('changes when a correction that was known before takes a row away from the key', () => {
    price('p1', START, START, 'tea', 1)
    price('p2', START, START + 10 * MINUTE, 'tea', 2)
    order('a', START + 5 * MINUTE)
    expect(total(START + 5 * MINUTE)).toBe(1)
    price('p1', START, START + 4 * MINUTE, 'milk', 1)
    expect(total(START + 5 * MINUTE)).toBe(0)
  })

  it('stays right for rows whose slot was another row before', () => {
    price('p1', START, START, 'tea', 1)
    order('a', START)
    order('b', START + 1)
    expect(total(START + 1)).toBe(1)
    for (let i = 0; i < 3_000; i++) {
      price(`p${i}`, START + i * MINUTE, START + i * MINUTE, 'tea', i)
      order(`o${i}`, START + i * MINUTE + 1)
    }
    const at = START + 3_000 * MINUTE
    // Orders of (at − 2 h, at], each with the price of its minute.
    expect(total(at)).toBe(Array.from({ length: 120 }, (_, i) => 2_999 - i).reduce((a, b) => a + b))
    for (const state of states.events.values()) expect(state.rows).toBeLessThan(2_000)
  })
})
