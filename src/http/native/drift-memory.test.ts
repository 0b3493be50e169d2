import { expect, it } from 'vitest'
import type { DriftReport } from '../../monitoring/index.ts'
import type { Platform } from '../../platform.ts'
import { rememberDrift } from './drift-memory.ts'

const WEEK = 7
/** Ten predictions a day; a period is a week, cut to the range, and tells how it was asked for. */
function fake(): { asked: [number, number][]; late: number[]; drift: Platform['monitoring']['drift'] } {
  const asked: [number, number][] = []
  const late: number[] = []
  const answer = (from: number, to: number): DriftReport => ({
    endpoint: 'e', by: 'week',
    periods: Array.from({ length: Math.ceil(to / WEEK) - Math.floor(from / WEEK) }, (_, i) => Math.floor(from / WEEK) + i)
      .map(w => ({ from: Math.max(from, w * WEEK), to: Math.min(to, (w + 1) * WEEK), predictions: 0, release: 'r', trainingSet: 't', features: [] })),
  })
  const parts = {
    monitoring: { drift: async (q: { from: number; to: number }) => { asked.push([q.from, q.to]); return answer(q.from, q.to) } },
    production: { latencies: async (q: { from: number; to: number }) => ({ rows: (q.to - q.from) * 10 + late.filter(t => t >= q.from && t < q.to).length }) },
  }
  return { asked, late, drift: rememberDrift(parts as unknown as Platform) }
}
const query = (to: number, from = 3) => ({ endpoint: 'e', by: 'week' as const, from, to })

it('what lies behind is measured once, and the answer is that of measuring all of it', async () => {
  const { drift, asked } = fake()
  const plain = fake()
  for (const to of [20, 20, 23, 40, 22, 41]) expect(await drift(query(to))).toEqual(await plain.drift(query(to)))
  expect(asked).toEqual([[3, 20], [14, 20], [14, 23], [21, 40], [21, 22], [35, 41]])
})

it('a prediction that comes late makes it measure again; so does another beginning', async () => {
  const { drift, asked, late } = fake()
  await drift(query(20))
  late.push(5)
  await drift(query(21))
  await drift(query(21, 0))
  expect(asked).toEqual([[3, 20], [3, 21], [0, 21]])
})

it('two that ask at once are answered one after the other', async () => {
  const { drift, asked } = fake()
  const [a, b] = await Promise.all([drift(query(20)), drift(query(20))])
  expect(a).toEqual(b)
  expect(asked).toEqual([[3, 20], [14, 20]])
})
