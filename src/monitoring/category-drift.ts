import { compareCounts } from '../core/statistics/contingency.ts'
import { jensenShannonDistance } from '../core/statistics/divergence.ts'
import { stabilityIndex } from '../core/statistics/stability-index.ts'
import type { ColumnData } from '../core/table.ts'
import type { CategoryProfile } from './drift-profile.ts'
import { MISSING, type CellCounts, type InputDrift } from './input-drift.ts'

// Cells: missing, rare and unseen categories together, then the categories of the profile.
const REST = 1
const FIRST = 2

/**
 * Drift of a category: Jensen-Shannon distance over the categories, with missing as one of them and all rare or unseen ones as another,
 * so that a long tail, which goes on bringing new categories, is no drift.
 */
export function openCategoryDrift(profile: CategoryProfile): InputDrift {
  const places = new Map(profile.categories.map((category, k) => [category, FIRST + k]))
  const common = profile.counts.reduce((sum, count) => sum + count, 0)
  // What the rest is expected to have more, the common categories have less: they were chosen for having many.
  const share = common === 0 ? 0 : (common + profile.rest - profile.expectedRest) / common
  const reference = Float64Array.from([profile.missing, profile.expectedRest, ...profile.counts.map(count => count * share)])

  return {
    feature: profile.feature, type: 'category', test: 'g', reference,
    count: (column, rows) => countCells(column, rows, places),
    effect: window => jensenShannonDistance(reference, window.cells),
    stabilityIndex: window => stabilityIndex(reference, window.cells),
    pValue: window => compareCounts(reference, window.cells).pValue,
  }
}

function countCells({ values, valid }: ColumnData, rows: Uint32Array, places: ReadonlyMap<unknown, number>): CellCounts {
  const cells = new Float64Array(FIRST + places.size)
  for (const i of rows) cells[valid !== undefined && valid[i] === 0 ? MISSING : places.get(values[i]) ?? REST]++
  return { cells, rows: rows.length, beyond: 0 }
}
