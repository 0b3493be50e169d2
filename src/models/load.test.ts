import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SlipwayError } from '../core/errors.ts'
import { encodeLinear, encodeTrees, isNative, loadModel, sigmoid, type Linear, type NativeModel, type Trees } from './index.ts'
import { modelWithVectors, walkTrees } from './random-trees.fixture.ts'

async function loadNative(bytes: Uint8Array): Promise<NativeModel> {
  const model = await loadModel(bytes)
  if (!isNative(model)) throw new Error('not native')
  return model
}

const TREES: Trees = {
  inputs: [{ name: 'delay', type: 'float64' }, { name: 'carrier', type: 'category', categories: ['AA', 'UA'] }],
  base: -1,
  trees: [
    { feature: [0, 1], split: [12.5, [0, 2]], missingLeft: [1, 0], left: [1, ~1], right: [~0, ~2], gain: [2, 1], leaf: [0.5, 0.25, -0.25], rows: [3, 2, 1] },
    { feature: [], split: [], missingLeft: [], left: [], right: [], gain: [], leaf: [0.125], rows: [6] },
  ],
}
const LINEAR: Linear = {
  inputs: [{ name: 'delay', type: 'float64' }, { name: 'carrier', type: 'category', categories: ['AA', 'UA'] }],
  intercept: 0.5,
  terms: [{ mean: 10, scale: 0.5, weight: 2, missing: -3 }, { weights: [1, 2, 4, 8] }],
}

test('trees: numbers by threshold, missing by its side, categories by their set', async () => {
  const model = await loadNative(encodeTrees(TREES))
  const raw = (...vector: (number | string | null | boolean)[]): number => model.scoreRow(vector).raw
  expect(raw(12.5, 'AA')).toBe(-1 + 0.25 + 0.125)
  expect(raw(12.6, 'AA')).toBe(-1 + 0.5 + 0.125)
  expect(raw(null, 'UA')).toBe(-1 - 0.25 + 0.125)
  expect(raw(true, 'never seen')).toBe(-1 + 0.25 + 0.125)
  expect(raw(0, null)).toBe(-1 - 0.25 + 0.125)
  expect(model.scoreRow([0, null]).output).toBe(sigmoid(-1.125))
  expect(model).toMatchObject({ format: 'slipway-trees/1', task: 'binary', inputs: [{ name: 'delay', type: 'float64' }, { name: 'carrier', type: 'category' }] })
})

test('linear: standardised numbers, a weight a category, own weights for unknown and missing', async () => {
  const model = await loadNative(encodeLinear(LINEAR))
  const raw = (...vector: (number | string | null)[]): number => model.scoreRow(vector).raw
  expect(raw(12, 'AA')).toBe(0.5 + 2 + 1)
  expect(raw(null, 'UA')).toBe(0.5 - 3 + 2)
  expect(raw(10, 'never seen')).toBe(0.5 + 4)
  expect(raw(10, null)).toBe(0.5 + 8)
})

test('wrong vectors are refused by name', async () => {
  const model = await loadModel(encodeTrees(TREES))
  await expect(model.predict([[1]])).rejects.toMatchObject({ code: 'invalid_request' })
  await expect(model.predict([['x', 'AA']])).rejects.toMatchObject({ code: 'wrong_type', message: expect.stringContaining('delay') })
  await expect(model.predict([[1, 5]])).rejects.toMatchObject({ code: 'wrong_type', message: expect.stringContaining('carrier') })
  expect((await model.predict([])).raw.length).toBe(0)
})

test('the digest is checked', async () => {
  const bytes = encodeTrees(TREES)
  const { digest } = await loadModel(bytes)
  await expect(loadModel(bytes, { digest })).resolves.toMatchObject({ digest })
  await expect(loadModel(encodeLinear(LINEAR), { digest })).rejects.toMatchObject({ code: 'corrupt' })
})

test('random trees: batch, row and the plain walk agree to the bit, through the file', async () => {
  await fc.assert(fc.asyncProperty(modelWithVectors, async ({ model, vectors }) => {
    const loaded = await loadNative(encodeTrees(model))
    const batch = loaded.scoreBatch(vectors)
    vectors.forEach((vector, i) => {
      const plain = walkTrees(model, vector)
      expect(batch.raw[i]).toBe(plain)
      expect(loaded.scoreRow(vector)).toEqual({ raw: plain, output: sigmoid(plain) })
      expect(batch.output[i]).toBe(sigmoid(plain))
    })
  }), { numRuns: 150 })
})

test('what is no model is refused with a reason', async () => {
  const file = (change: object, from: Uint8Array = encodeTrees(TREES)): Uint8Array => new TextEncoder().encode(JSON.stringify({ ...JSON.parse(new TextDecoder().decode(from)), ...change }))
  const tree = TREES.trees[0]
  const refused: [Uint8Array, string][] = [
    [new Uint8Array(), 'JSON'], [Uint8Array.of(0xff, 0xfe), 'JSON'], [new TextEncoder().encode('[]'), 'object'], [new TextEncoder().encode('['.repeat(100_000)), 'JSON'],
    [file({ format: 'other' }), 'format'], [file({ objective: 'rank' }), 'objective'], [file({ base: null }), 'base'], [file({ inputs: [{ name: 'a', type: 'text' }] }), 'inputs[0].type'],
    [file({ inputs: [{ name: 'a', type: 'float64' }, { name: 'a', type: 'float64' }] }), 'inputs[1].name'],
    [file({ trees: [{ ...tree, left: [0, -2] }] }), 'after its parent'], [file({ trees: [{ ...tree, left: [1, -4] }] }), 'from -3'], [file({ trees: [{ ...tree, left: [1, -1] }] }), 'twice'],
    [file({ trees: [{ ...tree, feature: [0, 2] }] }), 'feature[1]'], [file({ trees: [{ ...tree, split: [1, [0, 9]] }] }), 'split[1][1]'], [file({ trees: [{ ...tree, split: [1, [2, 0]] }] }), 'greater'],
    [file({ trees: [{ ...tree, split: [[0], [0]] }] }), 'split[0]'], [file({ trees: [{ ...tree, leaf: [] }] }), 'leaf'], [file({ trees: [{ ...tree, leaf: [1, 2, '$f64:NaN'] }] }), 'leaf[2]'],
    [file({ terms: [] }, encodeLinear(LINEAR)), 'terms'], [file({ intercept: 'x' }, encodeLinear(LINEAR)), 'intercept'],
  ]
  for (const [bytes, reason] of refused) await expect(loadModel(bytes)).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining(reason) })
})

test('mutated files either score finitely or are refused, never break', async () => {
  const vectors = [[1, 'AA'], [null, null], [20, 'zz']]
  const originals = [encodeTrees(TREES), encodeLinear(LINEAR)]
  const mutation = fc.record({ at: fc.nat(), kind: fc.constantFrom('set', 'delete', 'insert', 'copy'), byte: fc.oneof(fc.nat(255), fc.constantFrom(...[...'0123456789-,[]{}":e.'].map(c => c.charCodeAt(0)))), length: fc.integer({ min: 1, max: 12 }) })
  await fc.assert(fc.asyncProperty(fc.constantFrom(...originals), fc.array(mutation, { minLength: 1, maxLength: 4 }), async (original, mutations) => {
    let bytes = [...original]
    for (const { at, kind, byte, length } of mutations) {
      const place = at % (bytes.length + 1)
      if (kind === 'set') bytes[Math.min(place, bytes.length - 1)] = byte
      else if (kind === 'delete') bytes.splice(place, length)
      else if (kind === 'insert') bytes.splice(place, 0, byte)
      else bytes = [...bytes.slice(0, place), ...bytes.slice(Math.max(0, place - length))]
    }
    try {
      const model = await loadModel(Uint8Array.from(bytes))
      const { raw } = await model.predict(vectors.map(v => model.inputs.map((input, i) => (input.type === 'category' ? String(v[i]) : 1))))
      expect(raw.every(v => !Number.isNaN(v))).toBe(true)
    } catch (error) { if (!(error instanceof SlipwayError)) throw error }
  }), { numRuns: 3000 })
})
