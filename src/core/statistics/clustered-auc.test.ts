import { describe, expect, it } from 'vitest'
import { comparePairedAuc } from './auc.ts'
import { compareClusteredAuc } from './clustered-auc.ts'
import { createGenerator } from './generator.ts'
import { expectClose } from './golden.fixture.ts'

const random = createGenerator(11)
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** Days with a fate of their own, which the first score sees and the second sees otherwise. */
function days(count: number, rows: number, spread: number): { y: number[]; a: number[]; b: number[]; day: number[] } {
  const out = { y: [] as number[], a: [] as number[], b: [] as number[], day: [] as number[] }
  for (let d = 0; d < count; d++) {
    const [fate, seenA, seenB] = [normal() * spread, normal() * spread, normal() * spread]
    for (let i = 0; i < rows; i++) {
      const own = normal()
      out.y.push(random() < 1 / (1 + Math.exp(-(own + fate))) ? 1 : 0)
      out.a.push(own + seenA + normal())
      out.b.push(own + seenB + normal())
      out.day.push(d)
    }
  }
  return out
}

describe('two scores on rows that belong together', () => {
  it('where each row is a cluster of its own, has the error of independent rows', () => {
    const { y, a, b } = days(400, 1, 0.5)
    const plain = comparePairedAuc(a, b, y)
    const clustered = compareClusteredAuc(a, b, y, y.map((_, i) => i))
    expect(clustered.difference).toBe(plain.difference)
    expectClose(clustered.standardError, plain.standardError, 0.02)
    expect(clustered.standardError).toBeGreaterThanOrEqual(plain.standardError * (1 - 1e-12))
  })
  it('is never surer than without clusters', () => {
    for (let k = 0; k < 20; k++) {
      const { y, a, b, day } = days(30, 10, 0.3)
      expect(compareClusteredAuc(a, b, y, day).standardError).toBeGreaterThanOrEqual(comparePairedAuc(a, b, y).standardError * (1 - 1e-12))
    }
  })
  it('has the error that the difference really has when days differ', () => {
    const worlds = Array.from({ length: 200 }, () => { const { y, a, b, day } = days(50, 40, 1); return { plain: comparePairedAuc(a, b, y), clustered: compareClusteredAuc(a, b, y, day) } })
    const real = Math.sqrt(worlds.reduce((s, w) => s + w.plain.difference ** 2, 0) / worlds.length)
    const mean = (of: (w: (typeof worlds)[number]) => number): number => worlds.reduce((s, w) => s + of(w), 0) / worlds.length
    expectClose(mean(w => w.clustered.standardError), real, 0.15)
    // Rows taken for independent make it look nearly twice as sure than it is.
    expect(mean(w => w.plain.standardError)).toBeLessThan(real * 0.6)
  })
})
