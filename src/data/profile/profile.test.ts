import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openFeatureHome, type FeatureHome } from '../fixtures/feature-home.ts'

let home: FeatureHome
beforeEach(async () => { home = await openFeatureHome(0) })
afterEach(async () => { await home.close() })

describe('the profile of a dataset', () => {
  it('says what each column holds', async () => {
    const version = await home.take('d', [{ name: 'x', type: 'float64' }, { name: 'n', type: 'int64' }, { name: 's', type: 'string' }, { name: 'b', type: 'boolean' }, { name: 't', type: 'timestamp' }],
      Array.from({ length: 1_000 }, (_, i) => ({ x: i % 10 === 0 ? null : i, n: 2n ** 60n + BigInt(i), s: ['a', 'a', 'b', null][i % 4], b: i % 2 === 0, t: i })))
    const { rows, sampled, columns: [x, n, s, b, t] } = await home.features.profile(version)
    expect([rows, sampled]).toEqual([1_000, 1_000])
    expect(x).toMatchObject({ name: 'x', missing: 100, min: 1, max: 999, mean: 500, top: null })
    expect(x.quantiles?.[3]).toBe(500)
    expect(x.histogram?.reduce((sum, bin) => sum + bin.count, 0)).toBe(900)
    expect(n).toMatchObject({ min: 2n ** 60n, max: 2n ** 60n + 999n, missing: 0 })
    expect(s).toMatchObject({ missing: 250, top: [{ value: 'a', count: 500 }, { value: 'b', count: 250 }], histogram: null, mean: null })
    expect(b.top).toEqual([{ value: false, count: 500 }, { value: true, count: 500 }])
    expect(t).toMatchObject({ min: 0, max: 999, histogram: null, top: null })
  })

  it('does not stumble over nothing, one value, or infinities', async () => {
    const empty = await home.take('e', [{ name: 'x', type: 'float64' }, { name: 's', type: 'string' }], [])
    expect((await home.features.profile(empty)).columns).toMatchObject([{ min: null, mean: null, quantiles: null, histogram: null }, { top: [] }])
    const one = await home.take('o', [{ name: 'x', type: 'float64' }, { name: 'y', type: 'float64' }], [{ x: 2, y: Number.POSITIVE_INFINITY }, { x: 2, y: Number.NaN }])
    expect((await home.features.profile(one)).columns).toMatchObject([{ histogram: [{ from: 2, to: 2, count: 2 }] }, { missing: 0, quantiles: null }])
    expect((await home.features.profile(one, ['y'])).columns.map(c => c.name)).toEqual(['y'])
    await expect(home.features.profile('nothing')).rejects.toMatchObject({ code: 'not_found' })
  })
})
