import type { Numbers } from './auc.ts'
import { chiSquareTail, type CountsTest } from './chi-square.ts'

/**
 * Whether two samples of categories, given as counts a category in the same order, come from one distribution.
 *
 * `g` is the log-likelihood ratio (Woolf 1957, Sokal & Rohlf), `pearson` the χ² of 1900. Neither holds where few rows are expected:
 * cells in which either sample expects fewer than `fewest` rows are pooled to one, and where that one is still too small it joins
 * the smallest of the others. What is pooled depends on the totals only, which both hypotheses share, so it does not bias the test.
 */
export function compareCounts(first: Numbers, second: Numbers, options: { statistic?: 'g' | 'pearson'; fewest?: number } = {}): CountsTest {
  const { statistic = 'g', fewest = 5 } = options
  let n = 0
  let m = 0
  for (let i = 0; i < first.length; i++) { n += first[i]; m += second[i] }
  if (n === 0 || m === 0) return { statistic: 0, degrees: 0, pValue: 1 }
  const cells = poolCells(first, second, fewest * (n + m) / Math.min(n, m))
  let value = 0
  for (const [a, b] of cells) {
    const expectedA = (a + b) * (n / (n + m))
    const expectedB = (a + b) * (m / (n + m))
    if (statistic === 'g') value += 2 * (logRatio(a, expectedA) + logRatio(b, expectedB))
    else value += (a - expectedA) ** 2 / expectedA + (b - expectedB) ** 2 / expectedB
  }
  value = Math.max(0, value)
  const degrees = Math.max(0, cells.length - 1)
  return { statistic: value, degrees, pValue: chiSquareTail(value, degrees) }
}

/** Cells of at least `least` rows in both samples together. */
function poolCells(first: Numbers, second: Numbers, least: number): [number, number][] {
  const cells: [number, number][] = []
  const pool: [number, number] = [0, 0]
  for (let i = 0; i < first.length; i++) {
    const total = first[i] + second[i]
    if (total === 0) continue
    if (total >= least) cells.push([first[i], second[i]])
    else { pool[0] += first[i]; pool[1] += second[i] }
  }
  const pooled = pool[0] + pool[1]
  if (pooled === 0) return cells
  if (pooled >= least || cells.length === 0) return [...cells, pool]
  let smallest = 0
  for (let i = 1; i < cells.length; i++) if (cells[i][0] + cells[i][1] < cells[smallest][0] + cells[smallest][1]) smallest = i
  cells[smallest] = [cells[smallest][0] + pool[0], cells[smallest][1] + pool[1]]
  return cells
}

function logRatio(observed: number, expected: number): number {
  return observed === 0 ? 0 : observed * Math.log(observed / expected)
}
