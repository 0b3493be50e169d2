// Names, types and dictionaries of the inputs of an XGBoost model.
import type { EncodedInput } from '../inputs.ts'
import { readArray, readNumbers, readObject, readText, readWhole, refuse } from '../reading.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @param model the trees' part of the file, with the categories of data frames in `cats`; null for a linear model. */
export function readInputs(learner: Record<string, unknown>, model: Record<string, unknown> | null, size: number): EncodedInput[] {
  const names = textList(learner.feature_names, 'learner.feature_names', size) ?? Array.from({ length: size }, (_, i) => `f${i}`)
  if (new Set(names).size !== size) refuse('learner.feature_names', 'has a name twice')
  const types = textList(learner.feature_types, 'learner.feature_types', size)
  const cats = model?.cats === undefined ? null : readObject(model.cats, 'cats')
  const dictionaries = cats === null ? [] : readArray(cats.enc, 'cats.enc')
  return names.map((name, i) => {
    if (types?.[i] !== 'c') return { name, type: 'float64' }
    const values = dictionaries[i] === undefined ? null : readDictionary(dictionaries[i], `cats.enc[${i}]`)
    if (values === null) return { name, type: 'float64', code: true }
    if (values.length > 0 && typeof values[0] === 'string') return { name, type: 'category', categories: values as string[], unknownMissing: true }
    return { name, type: 'float64', numbers: values as number[] }
  })
}

/** Null where the file has none. */
function textList(value: unknown, path: string, length: number): string[] | null {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return null
  return readArray(value, path, length).map((item, i) => readText(item, `${path}[${i}]`))
}

/** Text as bytes with offsets, or numbers. Null for none. */
function readDictionary(value: unknown, path: string): string[] | number[] | null {
  const dictionary = readObject(value, path)
  const values = readNumbers(dictionary.values, `${path}.values`)
  const found = dictionary.offsets === undefined ? Array.from(values) : cutText(values, readNumbers(dictionary.offsets, `${path}.offsets`), path)
  if (new Set<string | number>(found).size !== found.length) refuse(`${path}.values`, 'has a category twice')
  return found.length === 0 ? null : found
}

function cutText(values: ArrayLike<number>, offsets: ArrayLike<number>, path: string): string[] {
  const bytes = Uint8Array.from(values)
  return Array.from({ length: Math.max(0, offsets.length - 1) }, (_, i) => {
    const from = readWhole(offsets[i], `${path}.offsets[${i}]`, 0, bytes.length)
    const to = readWhole(offsets[i + 1], `${path}.offsets[${i + 1}]`, from, bytes.length)
    try { return utf8.decode(bytes.subarray(from, to)) } catch { return refuse(`${path}.values`, `is not UTF-8 at ${from}: XGBoost 3.2 writes categories with letters beyond ASCII wrongly, so train with others`) }
  })
}
