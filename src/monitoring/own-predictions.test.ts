import { describe, expect, it } from 'vitest'
import { tableRows } from '../core/table.ts'
import { measureDrift } from './drift-report.ts'
import { openOwnPredictions } from './own-predictions.ts'

const predictions = [{ at: 20, output: 0.9, truth: true, knownAt: 40, inputs: { size: 3 } }, { at: 10, output: 0.2, truth: false, inputs: { size: 1 } }, { at: 30, output: 0.5 }, { at: 35, output: 0.4, truth: null }]

describe('predictions of one\'s own', () => {
  it('come in order of time, with the truth that was known by then', async () => {
    const { predictions: port } = openOwnPredictions({ shop: { predictions } })
    const now = await port.outcomes({ endpoint: 'shop', label: 'late', from: 10, to: 35 })
    expect([...now.eventTime]).toEqual([10, 20, 30])
    expect([...now.output]).toEqual([0.2, 0.9, 0.5])
    expect([...now.label]).toEqual([0, 1, Number.NaN])
    expect([...now.labelKnownAt]).toEqual([10, 40, Number.NaN])
    const then = await port.outcomes({ endpoint: 'shop', label: 'late', from: 10, to: 35, knownBy: 39 })
    expect([...then.label]).toEqual([0, Number.NaN, Number.NaN])
    expect(then.rows).toBe(3)
  })

  it('have what the model read, and the rows that trained it, where they were given', async () => {
    const { predictions: port, datasets } = openOwnPredictions({ shop: { predictions, training: { inputs: [{ name: 'size', type: 'int64' }], rows: [{ size: 2 }] } }, bare: { predictions: [{ at: 1, output: 0.5 }] }, none: { predictions: [] } })
    const [release] = await port.served('shop')
    expect(release).toMatchObject({ since: 10, until: null, role: 'champion' })
    expect(tableRows(await port.features({ endpoint: 'shop', contentDigest: release.contentDigest, from: 0, to: 25 }))).toEqual([{ eventTime: 10, size: 1 }, { eventTime: 20, size: 3 }])
    expect(tableRows(await datasets.loadDataset(release.trainingSet))).toEqual([{ label: null, size: 2 }])
    expect(await port.served('none')).toEqual([])
    const [bare] = await port.served('bare')
    await expect(datasets.loadDataset(bare.trainingSet)).rejects.toMatchObject({ code: 'not_found' })
    await expect(port.outcomes({ endpoint: 'shopp', label: 'late', from: 0, to: 1 })).rejects.toThrow('There are no predictions of shopp. Did you mean "shop"?')
  })

  it('are measured for drift against those rows', async () => {
    const day = 86_400_000_000
    const size = (i: number): number => (i * 7919) % 100
    const ports = openOwnPredictions({ shop: {
      predictions: Array.from({ length: 1_000 }, (_, i) => ({ at: i * 1_000, output: 0.5, inputs: { size: size(i) + 60, shop: i % 2 === 0 ? 'a' : 'b' } })),
      training: { inputs: [{ name: 'size', type: 'float64' }, { name: 'shop', type: 'string' }], rows: Array.from({ length: 1_000 }, (_, i) => ({ size: size(i), shop: i % 2 === 0 ? 'a' : 'b' })) },
    } })
    const { periods } = await measureDrift(ports, { endpoint: 'shop', from: 0, to: day, by: 'day' })
    expect(periods[0].features.map(f => [f.feature, f.state])).toEqual([['size', 'alert'], ['shop', 'none']])
  })
})
