// Reads unknown JSON field by field, and collects every fault with its path instead of stopping at the first.
import type { Fault } from '../../core/errors.ts'
import { parseDuration, type Micros } from '../../core/time.ts'
import { suggest } from '../../core/nearest-name.ts'

const NAME = /^[a-z][a-z0-9_-]*$/
const MAX_NAME = 100

export class Reader {
  readonly path: string
  readonly #value: Record<string, unknown>
  readonly #faults: Fault[]

  constructor(value: Record<string, unknown>, path: string, faults: Fault[]) {
    this.#value = value
    this.path = path
    this.#faults = faults
  }

  /** Null, with a fault, when it is no object. */
  static of(value: unknown, path: string, faults: Fault[]): Reader | null {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return new Reader(value as Record<string, unknown>, path, faults)
    faults.push({ path, message: `must be an object, and is ${show(value)}` })
    return null
  }

  fault(key: string, message: string): void { this.#faults.push({ path: this.at(key), message }) }

  at(key: string): string {
    if (key === '') return this.path
    const step = /^[A-Za-z_][\w-]*$/.test(key) ? key : JSON.stringify(key)
    return this.path === '' ? step : `${this.path}.${step}`
  }

  has(key: string): boolean { return Object.hasOwn(this.#value, key) && this.#value[key] !== undefined }

  keys(): string[] { return Object.keys(this.#value).filter(k => this.#value[k] !== undefined) }

  raw(key: string): unknown { return this.has(key) ? this.#value[key] : undefined }

  /** Faults for all other fields. */
  only(...known: string[]): void {
    for (const key of this.keys()) if (!known.includes(key)) this.fault(key, `is no field here; there are ${known.join(', ')}.${suggest(key, known)}`)
  }

  text(key: string): string | undefined { return this.#read(key, 'text', v => typeof v === 'string' && v !== '' && v.isWellFormed()) as string | undefined }

  /** A name of Slipway's own: it stands in addresses, file names and column names. */
  name(key = 'name'): string | undefined {
    const value = this.text(key)
    if (value === undefined) return undefined
    if (NAME.test(value) && value.length <= MAX_NAME) return value
    this.fault(key, `must begin with a letter a to z and go on with letters, digits, _ or - (at most ${MAX_NAME}), and is ${show(value)}`)
    return undefined
  }

  flag(key: string): boolean | undefined { return this.has(key) ? this.#read(key, 'true or false', v => typeof v === 'boolean') as boolean | undefined : undefined }

  number(key: string, describe: string, accept: (n: number) => boolean): number | undefined {
    return this.#read(key, describe, v => typeof v === 'number' && Number.isFinite(v) && accept(v)) as number | undefined
  }

  oneOf<T extends string>(key: string, values: readonly T[]): T | undefined {
    const value = this.raw(key)
    const found = values.find(v => v === value)
    if (found === undefined) this.fault(key, `must be ${values.map(v => `'${v}'`).join(' or ')}${value === undefined ? ', and is missing' : `, and is ${show(value)}.${typeof value === 'string' ? suggest(value, values) : ''}`}`)
    return found
  }

  duration(key: string, options: { signed?: boolean } = {}): Micros | undefined {
    const value = this.raw(key)
    const micros = typeof value === 'string' ? parseDuration(value) : null
    if (micros !== null && Number.isSafeInteger(micros) && (options.signed === true || micros > 0)) return micros
    this.fault(key, `must be a duration such as '${options.signed === true ? '-30m' : '1h'}'${value === undefined ? ', and is missing' : `, and is ${show(value)}`}`)
    return undefined
  }

  object(key: string): Reader | null {
    if (!this.has(key)) { this.fault(key, 'is missing'); return null }
    return Reader.of(this.raw(key), this.at(key), this.#faults)
  }

  /** The objects of a list; none, with a fault, when it is no list. */
  list(key: string, options: { empty?: boolean } = {}): Reader[] {
    return this.#items(key, options).flatMap((item, i) => Reader.of(item, `${this.at(key)}[${i}]`, this.#faults) ?? [])
  }

  /** The texts of a list with their paths relative to this object. */
  texts(key: string, options: { empty?: boolean } = {}): { key: string; value: string }[] {
    return this.#items(key, options).flatMap((item, i) => {
      if (typeof item === 'string' && item !== '' && item.isWellFormed()) return [{ key: `${key}[${i}]`, value: item }]
      this.#faults.push({ path: `${this.at(key)}[${i}]`, message: `must be text, and is ${show(item)}` })
      return []
    })
  }

  /** A fault at a key of `texts`. */
  faultAt(item: { key: string }, message: string): void { this.#faults.push({ path: this.path === '' ? item.key : `${this.path}.${item.key}`, message }) }

  #items(key: string, { empty = true }: { empty?: boolean }): unknown[] {
    const value = this.raw(key)
    if (!Array.isArray(value)) { this.fault(key, value === undefined ? 'is missing; it must be a list' : `must be a list, and is ${show(value)}`); return [] }
    if (!empty && value.length === 0) this.fault(key, 'must not be empty')
    return [...value as unknown[]]
  }

  #read(key: string, describe: string, accept: (value: unknown) => boolean): unknown {
    const value = this.raw(key)
    if (value === undefined) { this.fault(key, `is missing; it must be ${describe}`); return undefined }
    if (accept(value)) return value
    this.fault(key, `must be ${describe}, and is ${show(value)}`)
    return undefined
  }
}

/** One after another, each name once. */
export function refuseRepeated(readers: readonly Reader[], names: readonly (string | undefined)[], key = 'name'): void {
  const first = new Map<string, number>()
  names.forEach((name, i) => {
    if (name === undefined) return
    const earlier = first.get(name)
    if (earlier === undefined) first.set(name, i)
    else readers[i].fault(key, `'${name}' is taken already, by ${readers[earlier].path}`)
  })
}

/** A fault for a name that is not among the known ones. */
export function notDefined(what: string, name: string, known: readonly string[]): string {
  return `refers to the ${what} '${name}', which is not defined.${suggest(name, known) || (known.length > 0 && known.length <= 20 ? ` There are ${known.join(', ')}.` : '')}`
}

export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}'`
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : typeof value === 'function' ? 'a function' : String(value)
}
