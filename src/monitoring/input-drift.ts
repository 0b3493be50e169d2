import type { ColumnData } from '../core/table.ts'

/** Rows of one window over the cells of an input: missing first, then its values. All that a distance needs to know. */
export interface CellCounts {
  cells: Float64Array
  rows: number
  /** Sum of the distances of the numbers beyond the training set's range to its nearer end, in the input's unit. */
  beyond: number
}

/** One input, ready to be compared with its training set. */
export interface InputDrift {
  readonly feature: string
  readonly type: 'number' | 'category'
  readonly test: 'ks' | 'g'
  /** Rows of the training set in each cell. */
  readonly reference: Float64Array
  /** Counts the rows at these places of the column. */
  count(column: ColumnData, places: Uint32Array): CellCounts
  /** How far the window lies from the training set. */
  effect(window: CellCounts): number
  stabilityIndex(window: CellCounts): number
  pValue(window: CellCounts): number
}

/** The cell of missing values, in every input. */
export const MISSING = 0
