import { createGenerator } from '../core/statistics/generator.ts'
import type { CellCounts, InputDrift } from './input-drift.ts'

/** What distances are without any drift. */
export interface Noise { effect: number; stabilityIndex: number }

const RESAMPLES = 200
const SMALLEST = 25
/**
 * From 1,600 rows on, and 16 a category, the effect falls as 1/√n and the stability index as 1/n, so that no larger size needs resamples.
 * Of very many categories nobody waits for that.
 */
const LARGEST = { number: () => 1_600, category: (cells: number) => SMALLEST * 2 ** Math.min(11, Math.max(6, Math.ceil(Math.log2(16 * cells / SMALLEST)))) }

/**
 * What windows of these sizes, drawn from the training set itself, would show. Means of 200 resamples of its cells with a seeded generator, at the
 * effective size nm / (n + m), which holds the noise of the training set too; at doubling sizes, and between them by what is left
 * when 1/√n (effect) or 1/n (stability index) is taken out, which hardly changes. Each size is drawn once.
 */
export function openNoise(input: InputDrift, seed: number): (rows: number) => Noise {
  const referenceRows = input.reference.reduce((sum, count) => sum + count, 0)
  const known = new Map<number, Noise>()
  const largest = LARGEST[input.type](input.reference.length)
  let drawInto: ((cells: Float64Array, rows: number, random: () => number) => void) | undefined

  const scaledAt = (size: number): Noise => {
    let noise = known.get(size)
    if (noise !== undefined) return noise
    drawInto ??= openAliases(input.reference)
    const random = createGenerator(seed * 65_536 + size)
    noise = { effect: 0, stabilityIndex: 0 }
    for (let i = 0; i < RESAMPLES; i++) {
      const window: CellCounts = { cells: new Float64Array(input.reference.length), rows: size, beyond: 0 }
      drawInto(window.cells, size, random)
      noise.effect += input.effect(window) * Math.sqrt(size) / RESAMPLES
      noise.stabilityIndex += input.stabilityIndex(window) * size / RESAMPLES
    }
    known.set(size, noise)
    return noise
  }

  return rows => {
    const effective = rows * referenceRows / (rows + referenceRows)
    const size = Math.min(largest, Math.max(SMALLEST, effective))
    const lower = SMALLEST * 2 ** Math.floor(Math.log2(size / SMALLEST))
    const part = Math.log2(size / lower)
    const [a, b] = [scaledAt(lower), part === 0 ? scaledAt(lower) : scaledAt(2 * lower)]
    return {
      effect: (a.effect + part * (b.effect - a.effect)) / Math.sqrt(effective),
      stabilityIndex: (a.stabilityIndex + part * (b.stabilityIndex - a.stabilityIndex)) / effective,
    }
  }
}

/** Draws rows into cells with probability in proportion to these counts, each in constant time: the alias method (Walker 1977, Vose 1991). */
function openAliases(counts: Float64Array): (cells: Float64Array, rows: number, random: () => number) => void {
  const cells = counts.length
  const total = counts.reduce((sum, count) => sum + count, 0)
  const keep = counts.map(count => count * cells / total)
  const alias = new Uint32Array(cells)
  const small: number[] = []
  const large: number[] = []
  keep.forEach((p, c) => { (p < 1 ? small : large).push(c) })
  while (small.length > 0 && large.length > 0) {
    const low = small.pop() as number
    const high = large[large.length - 1]
    alias[low] = high
    keep[high] -= 1 - keep[low]
    if (keep[high] < 1) small.push(large.pop() as number)
  }
  // What rounding has left over is a whole cell.
  for (const c of [...small, ...large]) keep[c] = 1
  return (into, rows, random) => {
    for (let row = 0; row < rows; row++) {
      const place = random() * cells
      const cell = Math.floor(place)
      into[place - cell < keep[cell] ? cell : alias[cell]]++
    }
  }
}
