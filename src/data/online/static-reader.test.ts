import { describe, expect, it } from 'vitest'
import type { Condition, ViewDefinition } from '../../core/definition.ts'
import type { Value } from '../../core/schema.ts'
import { compileService } from '../compiled-service.ts'
import { keyId, keyOf } from '../entity-key.ts'
import { buildFeatureContent } from '../feature-content.ts'
import { StaticReader } from './static-reader.ts'
import { StaticState } from './static-state.ts'

const SOURCE = { name: 'prices', dataset: 'prices', id: ['row'], columns: [{ name: 'row', type: 'int64' as const }, { name: 'shop', type: 'string' as const }, { name: 'item', type: 'int64' as const }, { name: 'price', type: 'float64' as const }] }
const ROWS: Value[][] = [[1, 'a', 7, 1.5], [2, 'a', 7, 2.5], [3, 'a', 8, null], [4, 'b|', 7, 4.5], [5, null, 7, 5.5], [6, 'a', null, 6.5], [7, 'a', 7, null]]

/** Row and price of the last row that counts. */
function read(entity: string | string[], key: Value[], where?: Condition[]): Value[] {
  const view: ViewDefinition = { name: 'price', kind: 'latest', entity, source: 'prices', where, features: [{ name: 'row', column: 'row' }, { name: 'price', column: 'price' }] }
  const content = buildFeatureContent({ name: 's', entities: [], request: [], features: ['price.row', 'price.price'] }, { entities: [{ name: 'shop', key: 'shop', type: 'string' }, { name: 'item', key: 'item', type: 'int64' }], sources: [SOURCE], views: [view] }, null)
  const [plan] = compileService(content).views
  const state = new StaticState(SOURCE, [keyId(plan.keys)])
  state.replace('version', 1, ROWS)
  const out: Value[] = []
  new StaticReader(state, plan).read(keyOf(key), 0, 0, out)
  return out
}

describe('a static source', () => {
  it('answers with the last row of a key that satisfies the conditions', () => {
    expect(read('shop', ['a'])).toEqual([7, null])
    expect(read('shop', ['a'], [{ column: 'price', missing: false }])).toEqual([6, 6.5])
    expect(read('shop', ['a'], [{ column: 'price', below: 6 }])).toEqual([2, 2.5])
    expect(read('shop', ['a'], [{ column: 'price', above: 100 }])).toEqual([null, null])
    expect(read('shop', ['never'])).toEqual([null, null])
    expect(read('shop', [null])).toEqual([null, null])
  })

  it('has keys of several columns', () => {
    expect(read(['shop', 'item'], ['a', 7])).toEqual([7, null])
    expect(read(['item', 'shop'], [7, 'a'], [{ column: 'price', missing: false }])).toEqual([2, 2.5])
    expect(read(['shop', 'item'], ['b|', 7])).toEqual([4, 4.5])
    expect(read(['shop', 'item'], ['b', 7])).toEqual([null, null])
    expect(read(['shop', 'item'], ['a', null])).toEqual([null, null])
  })
})
