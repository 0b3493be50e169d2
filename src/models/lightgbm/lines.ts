// The text of a LightGBM model: `name=value` lines of a header, blocks of them for each tree, then parameters.
import { refuse } from '../reading.ts'

export type Fields = Map<string, string>

export interface Sections {
  header: Fields
  trees: Fields[]
  /** `[name: value]` lines. */
  parameters: Fields
  /** JSON, or null. */
  pandasCategories: string | null
}

/** @throws SlipwayError `invalid_request`, naming the line. */
export function splitSections(text: string): Sections {
  const lines = text.split(/\r?\n/)
  const sections: Sections = { header: new Map(), trees: [], parameters: new Map(), pandasCategories: null }
  let fields: Fields | null = sections.header
  let ended = false
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]
    if (line.startsWith('pandas_categorical:')) sections.pandasCategories = line.slice('pandas_categorical:'.length)
    if (ended) {
      const parameter = /^\[([^:\]]+): (.*)\]$/.exec(line)
      if (parameter !== null) sections.parameters.set(parameter[1], parameter[2])
      continue
    }
    if (line === 'end of trees') { ended = true; continue }
    if (line === '') continue
    const at = line.indexOf('=')
    const name = at < 0 ? line : line.slice(0, at)
    if (name === 'Tree') {
      if (line !== `Tree=${sections.trees.length}`) refuse(`line ${i + 1}`, `must be Tree=${sections.trees.length}`)
      sections.trees.push(fields = new Map())
    } else if (fields.has(name)) refuse(`line ${i + 1}`, `repeats ${JSON.stringify(name.slice(0, 40))}`)
    else fields.set(name, at < 0 ? '' : line.slice(at + 1))
  }
  if (!ended) refuse(`line ${lines.length}`, 'is the last, and "end of trees" is missing')
  return sections
}

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/

/** `inf`, which LightGBM writes for thresholds beyond all values, is Infinity. */
export function readNumber(text: string, path: string): number {
  if (NUMBER.test(text)) return Number(text)
  const sign = text.startsWith('-') ? -1 : 1
  if (/^[-+]?inf(?:inity)?$/i.test(text)) return sign * Number.POSITIVE_INFINITY
  return refuse(path, `must be a number, and is ${JSON.stringify(text.slice(0, 40))}`)
}

/** Numbers between spaces, exactly `length` of them. */
export function readList(fields: Fields, name: string, path: string, length: number): Float64Array {
  const text = fields.get(name) ?? refuse(`${path}.${name}`, 'is missing')
  const items = text.trim() === '' ? [] : text.trim().split(/ +/)
  if (items.length !== length) refuse(`${path}.${name}`, `must have ${length} items, and has ${items.length}`)
  return Float64Array.from(items, (item, i) => readNumber(item, `${path}.${name}[${i}]`))
}

export function readCount(fields: Fields, name: string, path: string, min: number, max: number, fallback?: number): number {
  const text = fields.get(name)
  if (text === undefined && fallback !== undefined) return fallback
  const value = text === undefined ? refuse(`${path}.${name}`, 'is missing') : readNumber(text, `${path}.${name}`)
  if (!Number.isInteger(value) || value < min || value > max) refuse(`${path}.${name}`, `must be a whole number from ${min} to ${max}`)
  return value
}
