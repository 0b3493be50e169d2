import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Value } from '../core/schema.ts'
import { encodeLinear, encodeTrees, loadModel, type Linear, type Trees } from './index.ts'
import { modelWithVectors } from './random-trees.fixture.ts'
import { bruteShapley, chainOf } from './shapley.fixture.ts'

interface GoldenCase { name: string; model: Trees; base: number; vectors: Value[][]; raw: number[]; contributions: number[][] }
const golden = JSON.parse(readFileSync(new URL('../../test/golden/tree-shap.json', import.meta.url), 'utf8')) as { cases: GoldenCase[] }

function expectNear(actual: number, wanted: number, tolerance: number, what: string): void {
  expect(Math.abs(actual - wanted), `${what}: ${actual} and ${wanted}`).toBeLessThanOrEqual(tolerance)
}

describe.each(golden.cases)('shap.TreeExplainer: $name', ({ model, base, vectors, raw, contributions }) => {
  test('has the same base, scores and contributions', async () => {
    const explained = await (await loadModel(encodeTrees(model))).explain(vectors)
    expect(explained.method).toBe('tree-path-dependent')
    expectNear(explained.base[0], base, 1e-13, 'base')
    const width = model.inputs.length
    vectors.forEach((_, i) => {
      expectNear(explained.raw[i], raw[i], 1e-13, `raw ${i}`)
      contributions[i].forEach((c, k) => { expectNear(explained.contributions[i * width + k], c, 1e-13, `row ${i}, ${model.inputs[k].name}`) })
    })
  })
})

test('random trees: the values are those of all subsets, and add up to the score', async () => {
  await fc.assert(fc.asyncProperty(modelWithVectors, async ({ model, vectors }) => {
    const loaded = await loadModel(encodeTrees(model))
    const { base, raw, contributions } = await loaded.explain(vectors)
    expect(raw).toEqual((await loaded.predict(vectors)).raw)
    const width = model.inputs.length
    vectors.forEach((vector, i) => {
      const row = contributions.subarray(i * width, (i + 1) * width)
      expectNear(row.reduce((a, b) => a + b, base[0]), raw[i], 1e-12, `sum of row ${i}`)
      const plain = bruteShapley(model, vector)
      expectNear(base[0], plain.base, 1e-12, 'base')
      plain.values.forEach((value, k) => { expectNear(row[k], value, 1e-12, `row ${i}, input ${k}`) })
    })
  }), { numRuns: 150 })
})

test('paths of 13 and more inputs, which have no table, are as exact', async () => {
  for (const inputs of [12, 13, 14]) {
    const model = chainOf(inputs)
    const vectors = [model.inputs.map(() => 1), model.inputs.map(() => 0), model.inputs.map((_, i) => i % 3 === 0 ? 1 : 0)]
    const { base, raw, contributions } = await (await loadModel(encodeTrees(model))).explain(vectors)
    vectors.forEach((vector, i) => {
      const plain = bruteShapley(model, vector)
      plain.values.forEach((value, k) => { expectNear(contributions[i * inputs + k], value, 1e-13, `${inputs} inputs, row ${i}, input ${k}`) })
      expectNear(contributions.subarray(i * inputs, (i + 1) * inputs).reduce((a, b) => a + b, base[0]), raw[i], 1e-13, 'sum')
    })
  }
})

test('a path of a hundred inputs still adds up', async () => {
  const model = chainOf(100)
  const vectors = [model.inputs.map(() => 0), model.inputs.map((_, i) => (i === 90 ? 0 : 1))]
  const { base, raw, contributions } = await (await loadModel(encodeTrees(model))).explain(vectors)
  vectors.forEach((_, i) => { expectNear(contributions.subarray(i * 100, (i + 1) * 100).reduce((a, b) => a + b, base[0]), raw[i], 1e-12, 'sum') })
})

test('a batch is explained as its rows are, over the edges of blocks', async () => {
  const { model, vectors } = golden.cases[0]
  const loaded = await loadModel(encodeTrees(model))
  const many = Array.from({ length: 600 }, (_, i) => vectors[i % vectors.length])
  const batch = await loaded.explain(many)
  const width = model.inputs.length
  for (const i of [0, 255, 256, 511, 512, 599]) expect(batch.contributions.slice(i * width, (i + 1) * width)).toEqual((await loaded.explain([many[i]])).contributions)
  expect((await loaded.explain([])).contributions.length).toBe(0)
})

test('linear: the terms, from the training means', async () => {
  const model: Linear = {
    inputs: [{ name: 'delay', type: 'float64' }, { name: 'carrier', type: 'category', categories: ['AA', 'UA'] }],
    intercept: 0.5, terms: [{ mean: 10, scale: 0.5, weight: 2, missing: -3 }, { weights: [1, 2, 4, 8] }],
  }
  const explained = await (await loadModel(encodeLinear(model))).explain([[10, 'AA'], [12, 'never seen'], [null, null]])
  expect(explained).toEqual({ method: 'linear', width: 1, base: Float64Array.of(0.5), raw: Float64Array.of(1.5, 6.5, 5.5), contributions: Float64Array.of(0, 1, 2, 4, -3, 8) })
})

test('wrong vectors are refused as in predict', async () => {
  const model = await loadModel(encodeTrees(chainOf(2)))
  await expect(model.explain([[1]])).rejects.toMatchObject({ code: 'invalid_request' })
  await expect(model.explain([[1, 'x']])).rejects.toMatchObject({ code: 'wrong_type' })
})

test('a chain that would take too long to explain is refused, and scores', async () => {
  const model = await loadModel(encodeTrees({ ...chainOf(1), trees: [chainTree(20_000)] }))
  expect((await model.predict([[2]])).raw.length).toBe(1)
  await expect(model.explain([[2]])).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('too deep') as string })
})

/** Each inner node has a leaf on its left. */
function chainTree(count: number): Trees['trees'][number] {
  const all = Array.from({ length: count }, (_, i) => i)
  return {
    feature: all.map(() => 0), split: all.map(i => i / count), missingLeft: all.map(() => 0), gain: all.map(() => 1),
    left: all.map(i => ~i), right: all.map(i => (i < count - 1 ? i + 1 : ~count)), leaf: [...all, 1], rows: [...all, 1],
  }
}
