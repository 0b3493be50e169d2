// What candidates are tried on: the columns as bytes, once, and scores of what is read so far.
import { placeRows, type PairedAuc, type Placements } from '../../core/statistics/auc.ts'
import { comparePlacements } from '../../core/statistics/clustered-auc.ts'
import { createGenerator } from '../../core/statistics/generator.ts'
import { binExamples, type BinnedFeature } from '../learners/gbdt/bins.ts'
import { boost } from '../learners/gbdt/boost.ts'
import { GBDT_PARAMETERS, type GbdtParams } from '../learners/gbdt/params.ts'
import type { Examples } from '../learners/examples.ts'

/** Members of the committee, each taught without one stretch of the early rows. */
const MEMBERS = 3
/** Stretches of time that are taken for independent of each other. */
const STRETCHES = 50
const BINS = 64

const DEFAULTS = Object.fromEntries(Object.entries(GBDT_PARAMETERS).map(([name, { default: value }]) => [name, value])) as GbdtParams
/** Small trees, all features each time: what differs between two committees is the columns that they read. */
const MEMBER: GbdtParams = { ...DEFAULTS, trees: 80, learningRate: 0.1, leaves: 15, featureFraction: 1, bins: BINS }
/** What one column adds to scores that are there already. */
const ADDITION: GbdtParams = { ...DEFAULTS, trees: 12, learningRate: 0.3, leaves: 4, featureFraction: 1, bins: BINS, minLeafRows: 100 }

/** Scores of the early rows, each by a member that was not taught it, and of the later ones by all members. */
export interface Scores { raw: Float64Array; early: Placements; later: Placements }

export interface Workbench {
  /** A committee that reads these columns. */
  scoresOf(columns: readonly number[]): Scores
  /** Within the early rows: what a column adds, taught on the other stretches. */
  earlyGain(column: number, scores: Scores): PairedAuc
  /** On the later rows: what a column adds, taught on the early ones. */
  laterGain(column: number, scores: Scores): PairedAuc
  /** On the later rows: one committee against another. */
  compare(scores: Scores, other: Scores): PairedAuc
  /** A new column with another's values in an order that says nothing. */
  shuffle(column: number): number
}

/**
 * @param examples the early rows, then the later ones, each by time; every column of existing features and candidates
 * @param early how many are early
 */
export function openWorkbench(examples: Examples, early: number, seed: number): Workbench {
  const { rows, label } = examples
  const later = rows - early
  const columns: BinnedFeature[] = binExamples(examples, early, BINS).features
  const random = createGenerator(seed)
  const [earlyLabels, laterLabels] = [label.subarray(0, early), label.subarray(early)]
  const [earlyStretches, laterStretches] = [stretchesOf(early), stretchesOf(later)]
  /** For each member: rows in the order taught, left out, later. */
  const members = Array.from({ length: MEMBERS }, (_, m) => {
    const [from, to] = [Math.floor(m * early / MEMBERS), Math.floor((m + 1) * early / MEMBERS)]
    const order = new Uint32Array(rows)
    let n = 0
    for (let i = 0; i < early; i++) if (i < from || i >= to) order[n++] = i
    for (let i = from; i < to; i++) order[n++] = i
    for (let i = early; i < rows; i++) order[n++] = i
    return { taught: early - (to - from), from, order, label: Uint8Array.from(order, i => label[i]) }
  })
  const inOrder = (column: number, order: Uint32Array): BinnedFeature => ({ ...columns[column], codes: Uint8Array.from(order, i => columns[column].codes[i]) })
  const place = (raw: Float64Array): Scores => ({ raw, early: placeRows(raw.subarray(0, early), earlyLabels), later: placeRows(raw.subarray(early), laterLabels) })

  return {
    scoresOf(chosen) {
      const raw = new Float64Array(rows)
      for (const { taught, order, label: labels } of members) {
        const made = boost({ rows, trainRows: taught, features: chosen.map(c => inOrder(c, order)) }, labels, MEMBER, { seed: 0, validationRows: 0 })
        for (let i = taught; i < rows; i++) raw[order[i]] += i < early ? made.raw[i] : made.raw[i] / MEMBERS
      }
      return place(raw)
    },
    earlyGain(column, scores) {
      const raw = scores.raw.slice(0, early)
      for (const { taught, from, order, label: labels } of members) {
        const start = Float64Array.from({ length: early }, (_, i) => scores.raw[order[i]])
        const feature = inOrder(column, order.subarray(0, early))
        const made = boost({ rows: early, trainRows: taught, features: [feature] }, labels, ADDITION, { seed: 0, validationRows: 0, start })
        raw.set(made.raw.subarray(taught), from)
      }
      return comparePlacements(placeRows(raw, earlyLabels), scores.early, earlyLabels, earlyStretches)
    },
    laterGain(column, scores) {
      const made = boost({ rows, trainRows: early, features: [columns[column]] }, label, ADDITION, { seed: 0, validationRows: 0, start: scores.raw })
      return comparePlacements(placeRows(made.raw.subarray(early), laterLabels), scores.later, laterLabels, laterStretches)
    },
    compare: (scores, other) => comparePlacements(scores.later, other.later, laterLabels, laterStretches),
    shuffle(column) {
      const codes = columns[column].codes.slice()
      // Early and later apart: each keeps its own values.
      for (const part of [codes.subarray(0, early), codes.subarray(early)]) {
        for (let i = part.length - 1; i > 0; i--) {
          const j = Math.floor(random() * (i + 1))
          const v = part[i]
          part[i] = part[j]
          part[j] = v
        }
      }
      return columns.push({ ...columns[column], codes }) - 1
    },
  }
}

/** The stretch of each row: neighbours in time share one. */
export function stretchesOf(rows: number): Uint32Array {
  const stretches = Math.min(STRETCHES, rows)
  return Uint32Array.from({ length: rows }, (_, i) => Math.floor(i * stretches / rows))
}
