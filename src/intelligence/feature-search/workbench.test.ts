import { describe, expect, it } from 'vitest'
import { createGenerator } from '../../core/statistics/generator.ts'
import type { Examples } from '../learners/examples.ts'
import { openWorkbench, stretchesOf } from './workbench.ts'

/** The share of positives rises and falls over time; `x` matters, `y` matters beside it, noise does not. */
function drifting(rows: number, noise: number, seed: number): Examples {
  const random = createGenerator(seed)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const names = ['x', 'y', ...Array.from({ length: noise }, (_, i) => `n${i}`)]
  const values = names.map(() => Float64Array.from({ length: rows }, normal))
  const label = Uint8Array.from({ length: rows }, (_, i) => Number(random() < 1 / (1 + Math.exp(-(1.5 * Math.sin(i / rows * 5) - 1 + values[0][i] + 0.8 * values[1][i])))))
  return { rows, label, features: names.map((name, i) => ({ name, type: 'float64', values: values[i] })) }
}

describe('what a column adds', () => {
  it('is nothing but chance for one that says nothing, whatever becomes of the share of positives', () => {
    const bench = openWorkbench(drifting(4_000, 1, 3), 2_400, 5)
    const scores = bench.scoresOf([0])
    const [early, later] = [[], []] as number[][]
    for (let i = 0; i < 40; i++) {
      const column = bench.shuffle(i % 3)
      early.push(bench.earlyGain(column, scores).z)
      later.push(bench.laterGain(column, scores).z)
    }
    for (const z of [early, later]) {
      const mean = z.reduce((s, v) => s + v, 0) / z.length
      expect(mean).toBeGreaterThan(-1)
      expect(mean).toBeLessThan(0.3)
      expect(z.filter(v => v > 1.645).length).toBeLessThanOrEqual(5)
    }
  })
  it('is seen in the early rows and on the later ones for one that matters, beside what is read, and not twice', () => {
    const bench = openWorkbench(drifting(4_000, 1, 4), 2_400, 5)
    const without = bench.scoresOf([0])
    const withIt = bench.scoresOf([0, 1])
    expect(bench.earlyGain(1, without).z).toBeGreaterThan(4)
    expect(bench.laterGain(1, without).z).toBeGreaterThan(3)
    expect(bench.laterGain(1, withIt).z).toBeLessThan(2)
    expect(bench.compare(withIt, without).z).toBeGreaterThan(3)
    expect(bench.compare(without, without)).toMatchObject({ difference: 0, z: 0, pValue: 1 })
  })
  it('a shuffled column keeps its values, early and later apart', () => {
    const examples = drifting(1_000, 0, 6)
    // Constant early, another constant later: shuffled within each, nothing changes.
    examples.features[1] = { name: 'y', type: 'float64', values: Float64Array.from({ length: 1_000 }, (_, i) => Number(i >= 600)) }
    const bench = openWorkbench(examples, 600, 1)
    const scores = bench.scoresOf([0])
    expect(bench.laterGain(bench.shuffle(1), scores)).toEqual(bench.laterGain(1, scores))
  })
})

it('stretches are neighbours, of about the same number of rows', () => {
  const stretches = [...stretchesOf(1_234)]
  expect(stretches).toEqual([...stretches].sort((a, b) => a - b))
  const counts = new Map<number, number>()
  for (const s of stretches) counts.set(s, (counts.get(s) ?? 0) + 1)
  expect([...new Set(counts.values())].sort()).toEqual([24, 25])
  expect([...stretchesOf(3)]).toEqual([0, 1, 2])
})
