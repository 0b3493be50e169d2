import { expect, it } from 'vitest'
import { createGenerator } from '../../core/statistics/generator.ts'
import { Pruning } from './pruning.ts'
import { sampleEvenly } from './sampling.ts'

const random = createGenerator(3)
const noise = (): Float64Array => Float64Array.from({ length: 1_000 }, () => random())

it('says why a column goes: it is missing, constant, there already, or nearly so; what is different stays', () => {
  const pruning = new Pruning()
  const x = noise()
  pruning.keep('old.x', x)
  const y = noise()
  const most = (value: number, share: number): Float64Array => y.map((v, i) => (i < share * 1_000 ? value : v))
  expect(pruning.judge('a', most(Number.NaN, 0.95))).toEqual({ reason: 'missing', detail: 'missing in 95.0 % of the early rows' })
  expect(pruning.judge('b', most(0, 0.998))).toEqual({ reason: 'constant', detail: 'one value in 99.8 % of the early rows' })
  expect(pruning.judge('c', x.slice())).toEqual({ reason: 'duplicate', detail: 'equal to old.x' })
  expect(pruning.judge('d', x.map(v => v ** 7))).toMatchObject({ reason: 'correlated', detail: expect.stringMatching(/^correlates 1.000 with old\.x$/) as string })
  expect(pruning.judge('e', y)).toBeNull()
  // The first of two stays: a later one is measured against it.
  expect(pruning.judge('f', y.map((v, i) => v + 0.01 * x[i]))).toMatchObject({ reason: 'correlated', detail: expect.stringContaining('with e') as string })
  expect(pruning.judge('g', y.map((v, i) => v + x[i]))).toBeNull()
  expect(pruning.judge('h', most(Number.NaN, 0.5))).toBeNull()
})

it('takes rows evenly: one of each stretch, the same for the same seed, all where there are no more', () => {
  const taken = [...sampleEvenly(1_003, 100, 5)]
  taken.forEach((n, i) => { expect(n >= Math.floor(i * 10.03) && n < Math.floor((i + 1) * 10.03), `${n} at ${i}`).toBe(true) })
  expect([...sampleEvenly(1_003, 100, 5)]).toEqual(taken)
  expect([...sampleEvenly(1_003, 100, 6)]).not.toEqual(taken)
  expect([...sampleEvenly(4, 100, 5)]).toEqual([0, 1, 2, 3])
})
