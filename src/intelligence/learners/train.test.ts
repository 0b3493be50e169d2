import { expect, test } from 'vitest'
import { loadModel } from '../../models/index.ts'
import { GBDT_PARAMETERS } from './gbdt/params.ts'
import { learnerOf } from './learners.ts'
import { resolveParams, type TrainProgress } from './learner.ts'
import { MIXED, mixedTable, tableOf } from './synthetic.fixture.ts'
import { train, trainInWorker, type TrainRequest } from './train.ts'

const request = (more: Partial<TrainRequest> = {}): TrainRequest => ({ learner: 'gbdt', table: mixedTable(3000), features: MIXED, label: 'label', params: { trees: 15, minLeafRows: 10 }, seed: 3, ...more })

test.each(['gbdt', 'logistic'])('%s: twice, and in a worker, the same bytes; another order of parameters too', async learner => {
  const params: Record<string, number> = learner === 'gbdt' ? { trees: 15, rowFraction: 0.7 } : { l2: 2 }
  const first = train(request({ learner, params }))
  const seen: TrainProgress[] = []
  const second = await trainInWorker(request({ learner, params: Object.fromEntries(Object.entries(params).reverse()), onProgress: p => { seen.push(p) } }))
  expect(second).toEqual(first)
  expect(seen.length).toBe(first.summary.tried)
  expect(seen.at(-1)?.iteration).toBe(first.summary.tried)
})

test('constant knows the share of positives, and nothing else', async () => {
  const { artifact, summary } = train(request({ learner: 'constant', params: {}, validationFraction: 0.1 }))
  expect(summary.metrics.validationAuc).toBe(0.5)
  const model = await loadModel(artifact)
  const { output: probability } = await model.predict([MIXED.map(() => null), MIXED.map(c => (c.type === 'string' ? 'never seen' : 3))])
  expect([...probability]).toEqual([summary.metrics.share, summary.metrics.share])
  expect(() => train(request({ learner: 'constant', params: { trees: 1 } }))).toThrow('is no parameter of constant')
})

test('another seed gives other trees', () => {
  expect(train(request({ seed: 4 })).artifact).not.toEqual(train(request()).artifact)
})

test('the table is left as it is', async () => {
  const table = mixedTable(500)
  await trainInWorker(request({ table, learner: 'logistic', params: {} }))
  expect(table).toEqual(mixedTable(500))
})

test('an abort ends the training with its reason', async () => {
  const controller = new AbortController()
  const running = trainInWorker(request({ params: { trees: 10_000, minLeafRows: 1 }, signal: controller.signal, onProgress: () => { controller.abort(new Error('enough')) } }))
  await expect(running).rejects.toThrow('enough')
  await expect(trainInWorker(request({ signal: AbortSignal.abort() }))).rejects.toMatchObject({ name: 'AbortError' })
})

test('a fault inside the worker comes out as the error that it is', async () => {
  const table = tableOf([{ name: 'x', type: 'float64' }], 5, i => [i, i > 2])
  await expect(trainInWorker(request({ table, features: [{ name: 'x', type: 'float64' }], onProgress: () => { throw new RangeError('mine') } }))).rejects.toThrow('mine')
})

test('bad requests are refused, with names and ranges', async () => {
  const bad: [Partial<TrainRequest>, string, string][] = [
    [{ learner: 'magic' }, 'invalid_definition', 'gbdt, logistic'],
    [{ learner: 'toString' }, 'invalid_definition', 'gbdt, logistic'],
    [{ params: { leaves: 1 } }, 'invalid_definition', 'learner.params.leaves must be a whole number from 2 to 1024, and is 1'],
    [{ params: { trees: 1.5 } }, 'invalid_definition', 'whole'],
    [{ params: { nope: 1 } }, 'invalid_definition', 'learner.params.nope is no parameter of gbdt'],
    [{ validationFraction: 0.9 }, 'invalid_definition', '0 to 0.5'],
    [{ seed: 0.5 }, 'invalid_definition', 'seed'],
    [{ features: [] }, 'invalid_definition', 'at least one'],
    [{ features: [{ name: 'zz', type: 'float64' }] }, 'invalid_definition', 'no column zz'],
    [{ features: [{ name: 'a', type: 'timestamp' }] }, 'invalid_definition', 'timestamp'],
    [{ features: [{ name: 'a', type: 'string' }] }, 'invalid_definition', 'float64 in the table'],
    [{ label: 'zz' }, 'invalid_request', 'no label column'],
    [{ label: 'a' }, 'invalid_request', '0 or 1'],
    [{ table: tableOf(MIXED, 3, () => [1, 1, true, 'a', 1, true]) }, 'invalid_request', 'both outcomes'],
    [{ table: tableOf(MIXED, 3, i => [1, 1, true, 'a', 1, i === 0 ? null : i > 1]) }, 'invalid_request', 'missing in 1 of 3'],
    [{ table: tableOf(MIXED, 3, i => [Infinity, 1, true, 'a', 1, i > 1]) }, 'invalid_request', 'Infinity in row 0'],
    [{ table: tableOf(MIXED, 4, i => [1, 1, true, 'a', 1, i === 3]), validationFraction: 0.5 }, 'invalid_request', 'first 2 rows'],
  ]
  for (const [change, code, text] of bad) await expect(trainInWorker(request(change))).rejects.toMatchObject({ code, message: expect.stringContaining(text) })
})

test('defaults are within their ranges, and several faults are told at once', () => {
  const params = resolveParams(learnerOf('gbdt'))
  expect(Object.keys(params)).toEqual(Object.keys(GBDT_PARAMETERS))
  expect(() => resolveParams(learnerOf('gbdt'), { trees: 0, leaves: 0 })).toThrow(expect.objectContaining({ faults: [expect.anything(), expect.anything()] }))
})
