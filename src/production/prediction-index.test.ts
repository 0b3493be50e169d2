import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PredictionIndex } from './prediction-index.ts'

const times = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 })

it('a span is the first and last of those that a scan would find', () => {
  fc.assert(fc.property(times, fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 200 }), (list, from, to, before) => {
    const index = new PredictionIndex()
    list.forEach((eventTime, i) => { index.add({ sequence: 1 + i * 3, eventTime, output: 0.5, release: 1, role: 0, fallback: 0, latency: 1 }, `k${eventTime}`) })
    const found = list.map((t, i) => ({ t, s: 1 + i * 3 })).filter(({ t, s }) => t >= from && t < to && s < before).map(({ s }) => s)
    expect(index.span(from, to, before)).toEqual(found.length === 0 ? null : { least: found[0], greatest: found[found.length - 1] })
    expect(index.withKey(`k${from}`)).toEqual(list.flatMap((t, i) => (t === from ? [1 + i * 3] : [])))
  }))
})
