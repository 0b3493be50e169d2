// What candidates are tried on: the columns as bytes, once, and scores of what is read so far.
import { placeRows, type PairedAuc, type Placements } from '../../core/statistics/auc.ts'
import { comparePlacements } from '../../core/statistics/clustered-auc.ts'
import { twoSidedP } from '../../core/statistics/normal.ts'
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
/** What one column adds to scores that are there already: a few cautious steps, whose leaves are wide and shrunk as the rows are many. */
const ADDITION: GbdtParams = { ...DEFAULTS, trees: 6, learningRate: 0.3, leaves: 3, featureFraction: 1, bins: BINS }
const ADDITION_L2 = 0.03
const ADDITION_LEAF = 0.05

/** Scores of the early rows, each by a member that was not taught it, and of the later ones by all members. */
export interface Scores { raw: Float64Array; /** For each member, among the rows that it was not taught. */ early: Placements[]; later: Placements }

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
  const laterLabels = label.subarray(early)
  const laterStretches = stretchesOf(later)
  const addition: GbdtParams = { ...ADDITION, l2: ADDITION_L2 * early, minLeafRows: Math.max(10, Math.floor(ADDITION_LEAF * early)) }
  /** For each member: rows in the order taught, left out (`from` to `to`), later. */
  const members = Array.from({ length: MEMBERS }, (_, m) => {
    const [from, to] = [Math.floor(m * early / MEMBERS), Math.floor((m + 1) * early / MEMBERS)]
    const order = new Uint32Array(rows)
    let n = 0
    for (let i = 0; i < early; i++) if (i < from || i >= to) order[n++] = i
    for (let i = from; i < to; i++) order[n++] = i
    for (let i = early; i < rows; i++) order[n++] = i
    return { taught: early - (to - from), from, to, order, label: Uint8Array.from(order, i => label[i]), leftOut: label.subarray(from, to), stretches: stretchesOf(to - from) }
  })
  const inOrder = (column: number, order: Uint32Array): BinnedFeature => ({ ...columns[column], codes: Uint8Array.from(order, i => columns[column].codes[i]) })
  const place = (raw: Float64Array): Scores => ({ raw, early: members.map(m => placeRows(raw.subarray(m.from, m.to), m.leftOut)), later: placeRows(raw.subarray(early), laterLabels) })

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
      // Each stretch for itself: members differ in what they take for the usual share, which says nothing of the column.
      const gains = members.map(({ taught, order, label: labels, leftOut, stretches }, m) => {
        const start = Float64Array.from({ length: early }, (_, i) => scores.raw[order[i]])
        const made = boost({ rows: early, trainRows: taught, features: [inOrder(column, order.subarray(0, early))] }, labels, addition, { seed: 0, validationRows: 0, start })
        return comparePlacements(placeRows(made.raw.subarray(taught), leftOut), scores.early[m], leftOut, stretches)
      })
      return meanOf(gains)
    },
    laterGain(column, scores) {
      const made = boost({ rows, trainRows: early, features: [columns[column]] }, label, addition, { seed: 0, validationRows: 0, start: scores.raw })
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

/** Of independent differences. */
function meanOf(gains: readonly PairedAuc[]): PairedAuc {
  const mean = (of: (g: PairedAuc) => number): number => gains.reduce((sum, g) => sum + of(g), 0) / gains.length
  const difference = mean(g => g.difference)
  const standardError = Math.sqrt(mean(g => g.standardError * g.standardError) / gains.length)
  const z = difference === 0 ? 0 : difference / standardError
  return { first: mean(g => g.first), second: mean(g => g.second), difference, standardError, z, pValue: twoSidedP(z) }
}

/** The stretch of each row: neighbours in time share one. */
export function stretchesOf(rows: number): Uint32Array {
  const stretches = Math.min(STRETCHES, rows)
  return Uint32Array.from({ length: rows }, (_, i) => Math.floor(i * stretches / rows))
}
