import { expect, test } from 'vitest'
import { getValue } from '../../../core/table.ts'
import { exp, isNative, loadModel, log, type Linear } from '../../../models/index.ts'
import { logloss } from '../metrics.ts'
import { MIXED, mixedTable, tableOf } from '../synthetic.fixture.ts'
import { train } from '../train.ts'
import { minimize } from './minimize.ts'

test('without penalty it finds the odds of a two-by-two table', async () => {
  // 100 rows without: 20 late; 100 rows with: 60 late.
  const column = { name: 'rain', type: 'boolean' as const }
  const table = tableOf([column], 200, i => [i >= 100, i < 100 ? i < 20 : i < 160])
  const output = train({ learner: 'logistic', table, features: [column], label: 'label', params: { l2: 0, tolerance: 1e-10 } })
  const model = await loadModel(output.artifact)
  const { raw, output: probability } = await model.predict([[false], [true]])
  expect(probability[0]).toBeCloseTo(0.2, 7)
  expect(probability[1]).toBeCloseTo(0.6, 7)
  expect(exp(raw[1] - raw[0])).toBeCloseTo(6, 5)
})

test('at the minimum every category has as many expected as observed late rows, pulled in by the penalty', async () => {
  const table = mixedTable(5000)
  const output = train({ learner: 'logistic', table, features: MIXED, label: 'label', params: { tolerance: 1e-9 } })
  expect(output.summary.metrics.converged).toBe(1)
  const file = JSON.parse(new TextDecoder().decode(output.artifact)) as Linear
  const model = await loadModel(output.artifact)
  const vectors = Array.from({ length: table.rows }, (_, i) => table.columns.slice(0, -1).map(c => getValue(c, i)))
  const { raw, output: probability } = await model.predict(vectors)
  const label = table.columns[5].values as Uint8Array
  const categories = file.inputs[3].categories as string[]
  const { weights } = file.terms[3] as { weights: number[] }
  categories.forEach((category, code) => {
    let excess = weights[code]
    vectors.forEach((v, i) => { if (v[3] === category) excess += probability[i] - label[i] })
    expect(Math.abs(excess)).toBeLessThan(1e-4)
  })
  expect(logloss(raw, Uint8Array.from(label))).toBeCloseTo(output.summary.metrics.trainLogloss, 12)
  expect(isNative(model)).toBe(true)
})

test('constant columns, columns without any value and separable data do no harm', async () => {
  const columns = [{ name: 'same', type: 'float64' as const }, { name: 'none', type: 'float64' as const }, { name: 'all', type: 'float64' as const }]
  const table = tableOf(columns, 100, i => [3, null, i, i >= 50])
  const output = train({ learner: 'logistic', table, features: columns, label: 'label' })
  const { output: probability } = await (await loadModel(output.artifact)).predict([[3, null, 0], [99, 5, 99]])
  expect(probability[0]).toBeLessThan(0.1)
  expect(probability[1]).toBeGreaterThan(0.9)
})

test('minimize reaches the minimum of a badly scaled quadratic', () => {
  const scales = [1e-3, 1, 1e3]
  const found = minimize((w, gradient) => {
    let value = 0
    scales.forEach((s, i) => { const d = w[i] - i - 1; value += s * d * d / 2; gradient[i] = s * d })
    return value
  }, new Float64Array(3), new Float64Array(3).fill(1), { tolerance: 1e-9, steps: 200 })
  expect(found.converged).toBe(true)
  found.w.forEach((v, i) => { expect(v).toBeCloseTo(i + 1, 5) })
})

test('intercept alone is the log odds', async () => {
  const column = { name: 'x', type: 'float64' as const }
  const table = tableOf([column], 100, i => [1, i < 25])
  const output = train({ learner: 'logistic', table, features: [column], label: 'label' })
  expect((JSON.parse(new TextDecoder().decode(output.artifact)) as Linear).intercept).toBeCloseTo(log(1 / 3), 10)
})
