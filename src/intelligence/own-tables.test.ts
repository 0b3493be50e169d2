import { describe, expect, it } from 'vitest'
import type { ExamplesDefinition } from '../core/definition.ts'
import type { TrainingSetRequest } from '../core/ports/features.ts'
import { tableFromRows, tableRows } from '../core/table.ts'
import { openOwnTables } from './own-tables.ts'
import { ADA, openLaboratory } from './synthetic.fixture.ts'

const EXAMPLES: ExamplesDefinition = {
  dataset: 'orders', time: { column: 'at', offset: '-1us' }, entities: {}, request: { size: 'items', shop: 'shop' }, label: { name: 'late', column: 'delay', above: 5, knownAt: 'known' },
}
const REQUEST: TrainingSetRequest = { name: 'orders', service: 'order', examples: EXAMPLES, from: 0, to: 100, actor: ADA, purpose: 'test' }

const orders = tableFromRows(
  [{ name: 'at', type: 'timestamp' }, { name: 'known', type: 'timestamp' }, { name: 'items', type: 'int64' }, { name: 'shop', type: 'string' }, { name: 'delay', type: 'float64' }],
  [
    { at: 50, known: 60, items: 3, shop: 'b', delay: 6 },
    { at: 10, known: 20, items: 9_007_199_254_740_993n, shop: null, delay: 5 },
    { at: 50, known: 60, items: null, shop: 'a', delay: -0 },
    { at: 30, known: 101, items: 1, shop: 'late', delay: 9 },
    { at: 40, known: 50, items: 1, shop: 'cancelled', delay: null },
    { at: 40, known: 50, items: 1, shop: 'nan', delay: Number.NaN },
    { at: 101, known: 101, items: 1, shop: 'after', delay: 9 },
  ],
)

describe('tables of one\'s own', () => {
  it('gives the examples of the range in order of time, with what was known, and the same version for the same rows', async () => {
    const { metadata, blobs, entries, close } = await openLaboratory()
    try {
      const tables = openOwnTables({ metadata, blobs }, { orders })
      const set = await tables.createTrainingSet(REQUEST)
      expect(set.content.outputs).toEqual([{ name: 'size', type: 'int64' }, { name: 'shop', type: 'string' }])
      const rows = tableRows(await tables.loadDataset(set.version))
      expect(rows).toEqual([
        { time: 9, label: false, size: 9_007_199_254_740_993n, shop: null },
        { time: 49, label: true, size: 3, shop: 'b' },
        { time: 49, label: false, size: null, shop: 'a' },
      ])
      expect((await tables.createTrainingSet(REQUEST)).version).toBe(set.version)
      expect((await tables.createTrainingSet({ ...REQUEST, to: 49 })).version).not.toBe(set.version)
      expect(entries.map(e => e.action)).toEqual(['trainingset.created', 'trainingset.created', 'trainingset.created'])
    } finally { await close() }
  })

  it('takes a category, true or false, and a number as outcome', async () => {
    const { metadata, blobs, close } = await openLaboratory()
    try {
      const tables = openOwnTables({ metadata, blobs }, { orders })
      const labels = async (label: Partial<ExamplesDefinition['label']>): Promise<unknown[]> =>
        tableRows(await tables.loadDataset((await tables.createTrainingSet({ ...REQUEST, examples: { ...EXAMPLES, label: { name: 'it', knownAt: 'known', column: 'shop', ...label } } })).version)).map(r => r.label)
      expect(await labels({ equals: 'a' })).toEqual([false, false, false, true])
      expect(await labels({ column: 'items', equals: 1 })).toEqual([false, true, true, false])
    } finally { await close() }
  })

  it('names a table or a column that is not there', async () => {
    const { metadata, blobs, close } = await openLaboratory()
    try {
      const tables = openOwnTables({ metadata, blobs }, { orders })
      await expect(tables.createTrainingSet({ ...REQUEST, examples: { ...EXAMPLES, dataset: 'order' } })).rejects.toThrow('There is no table order. Did you mean "orders"?')
      await expect(tables.createTrainingSet({ ...REQUEST, examples: { ...EXAMPLES, request: { size: 'itmes' } } })).rejects.toThrow(/^examples.request.size names the column itmes, which the table does not have; it has at, known/)
      await expect(tables.createTrainingSet({ ...REQUEST, examples: { ...EXAMPLES, time: { column: 'at', offset: 'soon' } } })).rejects.toMatchObject({ code: 'invalid_definition' })
      await expect(tables.loadDataset('0'.repeat(64))).rejects.toMatchObject({ code: 'not_found' })
      await expect(tables.push('orders', [])).rejects.toMatchObject({ code: 'not_found' })
    } finally { await close() }
  })
})
