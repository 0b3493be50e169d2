import fc from 'fast-check'
import { expect, test } from 'vitest'
import { getValue, type Table } from '../../../core/table.ts'
import type { Column, Value } from '../../../core/schema.ts'
import { isNative, loadModel, type NativeModel, type Trees } from '../../../models/index.ts'
import { auc, logloss } from '../metrics.ts'
import { MIXED, mixedTable, randomOf, tableOf } from '../synthetic.fixture.ts'
import { train } from '../train.ts'
import type { TrainOutput } from '../learner.ts'
import { cutsOf } from './bins.ts'

const ALL = { featureFraction: 1, minCategoryRows: 20 }

function fit(table: Table, features: Column[], params: Record<string, number> = {}, more: { seed?: number; validationFraction?: number } = {}): TrainOutput {
  return train({ learner: 'gbdt', table, features, label: 'label', params: { ...ALL, ...params }, ...more })
}

async function modelOf(output: TrainOutput): Promise<NativeModel> {
  const model = await loadModel(output.artifact)
  if (!isNative(model)) throw new Error('not native')
  return model
}

const fileOf = (output: TrainOutput): Trees => JSON.parse(new TextDecoder().decode(output.artifact)) as Trees

function vectorsOf(table: Table): Value[][] {
  return Array.from({ length: table.rows }, (_, i) => table.columns.slice(0, -1).map(c => getValue(c, i)))
}

const XY: Column[] = [{ name: 'x', type: 'float64' }, { name: 'y', type: 'float64' }]

test('learns exclusive or, which no sum of single features can', async () => {
  const random = randomOf(1)
  const table = tableOf(XY, 2000, () => { const x = random(); const y = random(); return [x, y, (x > 0.5) !== (y > 0.5)] })
  const model = await modelOf(fit(table, XY, { trees: 60, learningRate: 0.2, minLeafRows: 5 }))
  for (const [x, y] of [[0.2, 0.2], [0.2, 0.8], [0.8, 0.2], [0.8, 0.8]]) {
    const { output: probability } = model.scoreRow([x, y])
    if ((x > 0.5) !== (y > 0.5)) expect(probability).toBeGreaterThan(0.9)
    else expect(probability).toBeLessThan(0.1)
  }
})

test('missing values take the side that training found for them', async () => {
  const random = randomOf(2)
  for (const missingLike of ['low', 'high', 'neither']) {
    const table = tableOf([XY[0]], 3000, () => {
      const x = random()
      const hole = random() < 0.2
      const chance = missingLike === 'neither' ? (hole ? 0.95 : 0.2) : hole ? (missingLike === 'low' ? 0.1 : 0.9) : x > 0.5 ? 0.9 : 0.1
      return [hole ? null : x, random() < chance]
    })
    const output = fit(table, [XY[0]], { trees: 40, learningRate: 0.2, leaves: missingLike === 'neither' ? 2 : 4 })
    const p = (await modelOf(output)).scoreRow([null]).output
    if (missingLike === 'low') expect(p).toBeLessThan(0.2)
    else expect(p).toBeGreaterThan(0.8)
  }
})

test('a missing value that training never saw goes with the larger part', () => {
  const table = tableOf([XY[0]], 1000, i => [i, i >= 300])
  const [tree] = fileOf(fit(table, [XY[0]], { trees: 1, leaves: 2 })).trees
  expect(tree).toMatchObject({ feature: [0], split: [299.5], missingLeft: [0], rows: [300, 700] })
})

test('a category split sets apart the right categories; unseen ones go with the rest', async () => {
  const random = randomOf(3)
  const column: Column = { name: 'c', type: 'string' }
  const late = new Set(['b', 'e', 'k'])
  const table = tableOf([column], 4000, () => { const c = 'abcdefghijkl'[Math.floor(random() * 12)]; return [c, random() < (late.has(c) ? 0.9 : 0.1)] })
  const output = fit(table, [column], { trees: 1, leaves: 2, learningRate: 1 })
  const { inputs, trees: [tree] } = fileOf(output)
  expect((tree.split[0] as number[]).map(code => inputs[0].categories?.[code])).toEqual(['b', 'e', 'k'])
  const model = await modelOf(output)
  expect(model.scoreRow(['never seen'])).toEqual(model.scoreRow(['a']))
  expect(model.scoreRow(['b']).raw).toBeGreaterThan(model.scoreRow(['a']).raw)
})

test('the file scores training and validation rows as training did: same logloss to the bit', async () => {
  const table = mixedTable(4000)
  for (const params of [{}, { rowFraction: 0.5 }, { featureFraction: 0.5 }] as Record<string, number>[]) {
    const output = fit(table, MIXED, { trees: 25, minLeafRows: 20, ...params }, { validationFraction: 0.25 })
    const { raw } = (await modelOf(output)).scoreBatch(vectorsOf(table))
    const label = Uint8Array.from(table.columns[5].values as Uint8Array)
    expect(auc(raw, label, 3000, 4000)).toBe(output.summary.metrics.validationAuc)
    expect(logloss(raw, label, 0, 3000)).toBe(output.summary.metrics.trainLogloss)
  }
})

test('leaves keep to their minimum of rows, trees to leaves and depth, rows add up', () => {
  fc.assert(fc.property(fc.record({ minLeafRows: fc.integer({ min: 1, max: 300 }), leaves: fc.integer({ min: 2, max: 40 }), depth: fc.integer({ min: 0, max: 4 }), rows: fc.integer({ min: 200, max: 1500 }), seed: fc.nat(1000) }), ({ rows, seed, ...params }) => {
    const output = fit(mixedTable(rows, seed), MIXED, { ...params, trees: 4, learningRate: 0.3, minCategoryRows: 5 }, { seed })
    for (const tree of fileOf(output).trees) {
      expect(tree.rows.reduce((a, b) => a + b)).toBe(rows)
      expect(tree.leaf.length).toBeLessThanOrEqual(params.leaves)
      if (tree.leaf.length > 1) expect(Math.min(...tree.rows)).toBeGreaterThanOrEqual(params.minLeafRows)
      if (params.depth > 0) expect(tree.leaf.length).toBeLessThanOrEqual(2 ** params.depth)
    }
    const shares = output.summary.importance.map(i => i.share)
    const total = shares.reduce((a, b) => a + b)
    expect(total === 0 || Math.abs(total - 1) < 1e-9).toBe(true)
  }), { numRuns: 40 })
})

test('early stopping ends when the validation rows gain nothing more', () => {
  const random = randomOf(5)
  const table = tableOf(XY, 3000, () => { const x = random(); return [x, random(), random() < (x > 0.5 ? 0.7 : 0.3)] })
  const { summary } = fit(table, XY, { trees: 500, learningRate: 0.3, minLeafRows: 5, earlyStopping: 10 }, { validationFraction: 0.3 })
  expect(summary.tried).toBe(summary.iterations + 10)
  expect(summary.tried).toBeLessThan(100)
  expect(fit(table, XY, { trees: 30, learningRate: 0.3, earlyStopping: 0 }, { validationFraction: 0.3 }).summary.iterations).toBe(30)
})

test('the important feature is named first', () => {
  expect(fit(mixedTable(4000), MIXED, { trees: 20 }).summary.importance.at(-1)?.feature).toBe('noise')
})

test('cuts: between all distinct values when few, at about equal counts when many', () => {
  expect([...cutsOf(Float64Array.of(1, 1, 2, 4), 10)]).toEqual([1.5, 3])
  expect([...cutsOf(new Float64Array(0), 10)]).toEqual([])
  const many = cutsOf(Float64Array.from({ length: 1000 }, (_, i) => i), 10)
  expect(many.length).toBe(9)
  expect(many[4]).toBeCloseTo(500, -2)
  // One value on half of the rows leaves cuts for the others.
  const heavy = cutsOf(Float64Array.from({ length: 1000 }, (_, i) => Math.max(0, i - 500)), 10)
  expect(heavy[0]).toBe(0.5)
  expect(heavy.length).toBeGreaterThan(5)
})
