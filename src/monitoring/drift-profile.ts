import { SlipwayError } from '../core/errors.ts'
import { toFloats, type ColumnData, type Table } from '../core/table.ts'

/** What is kept of a training set, so that a window is measured without reading it again. Plain JSON. */
export interface DriftProfile {
  rows: number
  /** In the order of the model's inputs. */
  inputs: InputProfile[]
}

export type InputProfile = NumberProfile | CategoryProfile

interface ProfileBase { feature: string; missing: number }

/** Where numbers lie, booleans and integers among them: up to 229 knots, which are values of the training set, the smallest and largest included. */
export interface NumberProfile extends ProfileBase {
  type: 'number'
  mean: number
  /** Standard deviation of the present values (n − 1); 0 of one value. */
  sd: number
  /** Ascending; empty when no value is present. */
  knots: number[]
  /** Rows with exactly this knot's value. */
  at: number[]
  /** Rows strictly between this knot and the next; one shorter than `knots`. All 0 where every distinct value is a knot. */
  between: number[]
}

/** How often each category occurs. */
export interface CategoryProfile extends ProfileBase {
  type: 'category'
  /** Those that occur more than 5 times, the most common first, ties in the order of their text; 10,000 at most. */
  categories: string[]
  counts: number[]
  /** Rows of the rarer ones, which are one bin with those that did not occur. */
  rest: number
  /**
   * What `rest` would be of rows that did not choose what is rare. By Good and Turing, categories that occurred r times or less, or never, are expected
   * to have the share of those that occurred r + 1 times or less (Good 1953).
   */
  expectedRest: number
}

/** Equal steps of 1/200, the outer ones halved 14 times, for tails are long: 228 bins. Deciles are among them. */
const QUANTILES = quantilePlaces()
const RARE = 5
const MOST_CATEGORIES = 10_000

/** The profile of these columns: the model's inputs, without time, keys and label. */
export function profileInputs(inputs: Table): DriftProfile {
  return { rows: inputs.rows, inputs: inputs.schema.map(({ name }, i) => profileColumn(name, inputs.columns[i])) }
}

/**
 * The model's inputs of a training set: what stands after its label (an input may be named like another column).
 * @throws SlipwayError `corrupt` when it has no label.
 */
export function inputsOf(trainingSet: Table): Table {
  const first = trainingSet.schema.findIndex(c => c.name === 'label') + 1
  if (first === 0) throw new SlipwayError('corrupt', 'The training set has no label column, so its inputs cannot be told apart.')
  return { rows: trainingSet.rows, schema: trainingSet.schema.slice(first), columns: trainingSet.columns.slice(first) }
}

function profileColumn(feature: string, column: ColumnData): InputProfile {
  return column.type === 'string' ? profileCategories(feature, column.values, column.valid) : profileNumbers(feature, column)
}

function profileNumbers(feature: string, column: ColumnData): NumberProfile {
  const present = toFloats(column).filter(Number.isFinite).sort()
  const n = present.length
  let mean = 0
  for (const x of present) mean += x / n
  let squares = 0
  for (const x of present) squares += (x - mean) ** 2
  const knots = n === 0 ? [] : placeKnots(present)
  const at = knots.map(() => 0)
  const between = knots.slice(1).map(() => 0)
  let k = 0
  for (const x of present) {
    while (k + 1 < knots.length && x >= knots[k + 1]) k++
    if (x === knots[k]) at[k]++
    else between[k]++
  }
  const spread = n < 2 || knots.length < 2 ? 0 : Math.sqrt(squares / (n - 1))
  return { feature, type: 'number', missing: column.values.length - n, mean, sd: spread, knots, at, between }
}

/** Every distinct value where they are few, else the values at the quantiles; a value with more than 0.5 % of the rows is always one. */
function placeKnots(sorted: Float64Array): number[] {
  const distinct: number[] = []
  for (let i = 0; i < sorted.length && distinct.length <= QUANTILES.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) distinct.push(sorted[i])
  if (distinct.length <= QUANTILES.length) return distinct
  return QUANTILES.map(q => sorted[Math.round(q * (sorted.length - 1))]).filter((x, i, all) => i === 0 || x !== all[i - 1])
}

function quantilePlaces(): number[] {
  const equal = Array.from({ length: 199 }, (_, i) => (i + 1) / 200)
  const tail = [0, ...Array.from({ length: 14 }, (_, i) => 2 ** (i - 14) / 200)]
  return [...tail, ...equal, ...tail.map(q => 1 - q).reverse()]
}

function profileCategories(feature: string, values: readonly string[], valid: Uint8Array | undefined): CategoryProfile {
  const found = new Map<string, number>()
  let missing = 0
  values.forEach((value, i) => {
    if (valid !== undefined && valid[i] === 0) missing++
    else found.set(value, (found.get(value) ?? 0) + 1)
  })
  const order = [...found].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  const rare = Math.max(RARE, order[MOST_CATEGORIES]?.[1] ?? 0)
  const rowsWith = (times: number): number => order.reduce((sum, [, n]) => (n === times ? sum + n : sum), 0)
  const kept = order.filter(([, n]) => n > rare)
  const rest = order.reduce((sum, [, n]) => (n > rare ? sum : sum + n), 0)
  return {
    feature, type: 'category', missing, categories: kept.map(c => c[0]), counts: kept.map(c => c[1]), rest,
    // The smaller of two neighbours: where rows were not drawn but dealt out evenly, as many to each category, there is no tail.
    expectedRest: rest + Math.min(rowsWith(rare), rowsWith(rare + 1)),
  }
}
