import { compareCounts } from '../core/statistics/contingency.ts'
import { kolmogorovTail } from '../core/statistics/kolmogorov.ts'
import { stabilityIndex } from '../core/statistics/stability-index.ts'
import type { ColumnData } from '../core/table.ts'
import type { NumberProfile } from './drift-profile.ts'
import { MISSING, type CellCounts, type InputDrift } from './input-drift.ts'

// Cells: missing, below the smallest knot, then a knot and what lies between it and the next in turn, then above the largest.
const BELOW = 1
const FIRST = 2

/** Up to so many distinct values a number is tested like a category: KS says little of a rare value. */
const FEW_VALUES = 20
const DECILES = 10

/**
 * Drift of a number. The effect is the Wasserstein distance of the present values in standard deviations of the training set, plus the
 * change of the share that is missing: a value that goes missing counts as one standard deviation. Between two knots both
 * distributions are taken as even. Of an input that was constant in training, it is the share of values that differ.
 */
export function openNumberDrift(profile: NumberProfile): InputDrift {
  const { knots, sd } = profile
  const reference = new Float64Array(2 * knots.length + 2)
  reference[MISSING] = profile.missing
  profile.at.forEach((count, k) => { reference[FIRST + 2 * k] = count })
  profile.between.forEach((count, k) => { reference[FIRST + 2 * k + 1] = count })
  const rows = reference.reduce((sum, count) => sum + count, 0)
  const steps = cumulate({ cells: reference, rows, beyond: 0 })
  const bins = binByDecile(reference)
  const referenceBins = intoBins(reference, bins)
  const discrete = knots.length <= FEW_VALUES && profile.between.every(count => count === 0)

  return {
    feature: profile.feature, type: 'number', test: discrete ? 'g' : 'ks', reference,
    count: (column, places) => countCells(column, places, Float64Array.from(knots)),
    effect: window => {
      const missing = Math.abs(window.cells[MISSING] / window.rows - profile.missing / rows)
      const present = window.rows - window.cells[MISSING]
      if (present === 0 || knots.length === 0) return missing
      if (sd === 0) return missing + (present - window.cells[FIRST]) / present
      return missing + (area(steps, cumulate(window), knots) + window.beyond / present) / sd
    },
    stabilityIndex: window => stabilityIndex(referenceBins, intoBins(window.cells, bins)),
    pValue: window => (discrete ? compareCounts(reference, window.cells).pValue : kolmogorov(reference, rows, window)),
  }
}

/** Window counts by bisection; what is not a finite number is missing. */
function countCells(column: ColumnData, places: Uint32Array, knots: Float64Array): CellCounts {
  const cells = new Float64Array(2 * knots.length + 2)
  const { values, valid } = column
  const last = knots.length - 1
  let beyond = 0
  for (const i of places) {
    const x = Number(values[i])
    if ((valid !== undefined && valid[i] === 0) || !Number.isFinite(x)) cells[MISSING]++
    else if (last < 0) cells[BELOW]++
    else if (x < knots[0]) { cells[BELOW]++; beyond += knots[0] - x }
    else if (x > knots[last]) { cells[FIRST + 2 * last + 1]++; beyond += x - knots[last] }
    else {
      let low = 0
      let high = last
      while (low < high) {
        const middle = (low + high + 1) >>> 1
        if (knots[middle] <= x) low = middle
        else high = middle - 1
      }
      cells[FIRST + 2 * low + (x === knots[low] ? 0 : 1)]++
    }
  }
  return { cells, rows: places.length, beyond }
}

/** Share of the present values at or before the end of each cell. */
function cumulate({ cells, rows }: CellCounts): Float64Array {
  const present = rows - cells[MISSING]
  const steps = new Float64Array(cells.length)
  let sum = 0
  for (let c = BELOW; c < cells.length; c++) { sum += cells[c]; steps[c] = sum / present }
  return steps
}

/** ∫ |F − G| from the smallest to the largest knot, both linear in between. */
function area(steps: Float64Array, others: Float64Array, knots: readonly number[]): number {
  let sum = 0
  for (let k = 0; k + 1 < knots.length; k++) {
    const c = FIRST + 2 * k
    const from = steps[c] - others[c]
    const to = steps[c + 1] - others[c + 1]
    const [a, b] = [Math.abs(from), Math.abs(to)]
    // Where they cross, two triangles.
    sum += (knots[k + 1] - knots[k]) * (from * to >= 0 ? (a + b) / 2 : (a * a + b * b) / (2 * (a + b)))
  }
  return sum
}

/** KS over the cells, missing as the smallest of all values. At the ends of cells only, so it is never more certain than the rows are. */
function kolmogorov(reference: Float64Array, rows: number, window: CellCounts): number {
  let distance = 0
  let sum = 0
  let other = 0
  for (let c = 0; c < reference.length; c++) {
    sum += reference[c]
    other += window.cells[c]
    distance = Math.max(distance, Math.abs(sum / rows - other / window.rows))
  }
  return kolmogorovTail(distance * Math.sqrt(rows * window.rows / (rows + window.rows)))
}

/** Bin 0 for missing, then the reference's deciles; a cell belongs where its middle does, so a common value takes several to itself. */
function binByDecile(reference: Float64Array): Uint8Array {
  let present = 0
  for (let c = BELOW; c < reference.length; c++) present += reference[c]
  let sum = 0
  return Uint8Array.from(reference, (count, c) => {
    if (c === MISSING) return 0
    const middle = sum + count / 2
    sum += count
    return 1 + Math.min(DECILES - 1, Math.floor(DECILES * middle / Math.max(1, present)))
  })
}

function intoBins(cells: Float64Array, bins: Uint8Array): Float64Array {
  const counts = new Float64Array(DECILES + 1)
  cells.forEach((count, c) => { counts[bins[c]] += count })
  return counts
}
