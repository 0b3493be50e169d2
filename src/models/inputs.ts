// From feature values to the numbers that a native model computes with.
import { SlipwayError } from '../core/errors.ts'
import type { Column } from '../core/schema.ts'
import type { Model, ModelInput, Vector } from './model.ts'

/**
 * An input with its dictionary. Codes of a category input: its place in `categories`; then one for every category that the
 * dictionary does not have (`categories.length`), then one for missing (`categories.length + 1`).
 */
export interface EncodedInput extends ModelInput {
  categories?: readonly string[]
  /** Unknown and missing categories have no code: they are NaN. */
  unknownMissing?: true
  /** A dictionary of numbers: the place of the value, NaN for others. */
  numbers?: readonly number[]
  /** The value is itself the code of a category: all negative ones are alike. */
  code?: true
}

/** How many codes a category input has. */
export function codeCount(input: EncodedInput): number { return (input.categories?.length ?? 0) + 2 }

/** Writes a vector to `into[at …]`. */
export type Encoder = (vector: Vector, into: Float64Array, at: number) => void

/** What is done to every number: nothing, rounding to single precision, or 0 for magnitudes up to 1e-35 (single precision's), as LightGBM reads rows. */
export type Rounding = 'none' | 'single' | 'zero'

const ZERO = Math.fround(1e-35)

/** Numbers rounded as said, booleans as 0 and 1, missing as NaN; text by the input's dictionary. */
export function createEncoder(inputs: readonly EncodedInput[], rounding: Rounding = 'none'): Encoder {
  const dictionaries = inputs.map(input => (input.type === 'category' ? new Map((input.categories ?? []).map((c, i) => [c, i])) : null))
  const unknown = inputs.map(input => (input.unknownMissing ? Number.NaN : codeCount(input) - 2))
  const missing = inputs.map(input => (input.unknownMissing ? Number.NaN : codeCount(input) - 1))
  const width = inputs.length
  const encodeNumbers = createNumberEncoder(inputs, rounding)
  return (vector, into, at) => {
    if (vector.length !== width) throw new SlipwayError('invalid_request', `The model takes ${width} inputs, and the vector has ${vector.length}.`)
    for (let i = 0; i < width; i++) {
      const v = vector[i]
      const dictionary = dictionaries[i]
      if (dictionary === null) {
        if (typeof v === 'number') into[at + i] = v
        else if (v === null || v === undefined) into[at + i] = Number.NaN
        else if (typeof v === 'string') throw wrongType(inputs[i], 'a number', v)
        else into[at + i] = Number(v)
      } else if (v === null || v === undefined) into[at + i] = missing[i]
      else if (typeof v === 'string') into[at + i] = dictionary.get(v) ?? unknown[i]
      else throw wrongType(inputs[i], 'text', v)
    }
    encodeNumbers(into, at, at + width)
  }
}

/** Encodes rows of plain numbers in place, from the start of a row to the end of one. */
export type NumberEncoder = (rows: Float64Array, from: number, to: number) => void

/** As `createEncoder` encodes vectors: a category input is its code already, and a number with a dictionary is looked up in it. */
export function createNumberEncoder(inputs: readonly EncodedInput[], rounding: Rounding): NumberEncoder {
  const recode = inputs.some(i => i.numbers !== undefined || i.code) ? inputs.map(numberCoder) : null
  return (rows, from, to) => {
    if (recode !== null) for (let i = from; i < to; i++) rows[i] = recode[(i - from) % recode.length](rows[i])
    round(rounding, rows, from, to)
  }
}

function round(rounding: Rounding, rows: Float64Array, from: number, to: number): void {
  if (rounding === 'single') for (let i = from; i < to; i++) rows[i] = Math.fround(rows[i])
  else if (rounding === 'zero') for (let i = from; i < to; i++) if (rows[i] <= ZERO && rows[i] >= -ZERO) rows[i] = 0
}

function numberCoder({ numbers, code }: EncodedInput): (v: number) => number {
  if (numbers !== undefined) {
    const places = new Map(numbers.map((n, i) => [n, i]))
    return v => places.get(v) ?? Number.NaN
  }
  return code ? v => (v < 0 ? -1 : v) : v => v
}

function wrongType(input: ModelInput, expected: string, value: unknown): SlipwayError {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value)
  return new SlipwayError('wrong_type', `The model input ${input.name} must be ${expected}, and is ${shown}.`, { faults: [{ path: input.name, message: `must be ${expected}` }] })
}

/** The input that a feature column becomes. Times are refused: a model would learn the calendar of its training set. */
export function inputOfColumn(column: Column): ModelInput {
  if (column.type === 'timestamp') {
    throw new SlipwayError('invalid_definition', `${column.name} is a timestamp, which is no model input. Make an on-demand feature of it, such as the hour.`, { faults: [{ path: column.name, message: 'must not be a timestamp' }] })
  }
  return { name: column.name, type: column.type === 'string' ? 'category' : 'float64' }
}

/**
 * Checks that vectors in the order of these columns are what the model takes.
 * @throws SlipwayError `invalid_definition` with a fault for each difference.
 */
export function checkInputs(model: Model, columns: readonly Column[]): void {
  const faults = []
  for (let i = 0; i < Math.max(model.inputs.length, columns.length); i++) {
    const input = model.inputs[i]
    const column = columns[i]
    if (input === undefined) faults.push({ path: column.name, message: 'is no input of the model' })
    else if (column === undefined) faults.push({ path: input.name, message: 'is an input of the model, and the features have none for it' })
    else if (column.name !== input.name) faults.push({ path: column.name, message: `stands where the model reads ${input.name}` })
    else if (column.type === 'timestamp' || (column.type === 'string') !== (input.type === 'category')) faults.push({ path: column.name, message: `is ${column.type}, and the model reads ${input.type}` })
  }
  if (faults.length > 0) throw new SlipwayError('invalid_definition', `The model does not fit its features: ${faults.map(f => `${f.path} ${f.message}`).join('; ')}.`, { faults })
}
