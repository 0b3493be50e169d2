// JSON as it comes from outside: strict where JSON.parse is lenient, because what is journaled must have one reading.
import { isUtf8 } from 'node:buffer'
import { SlipwayError } from '../core/errors.ts'

/** How deep arrays and objects may nest. */
const MAX_DEPTH = 64

/**
 * Parses a body. A whole number beyond 2^53, written without exponent or decimals, comes as a bigint.
 * @throws SlipwayError `invalid_json` for anything that is not JSON in UTF-8, and for what has no one reading: a name twice in one
 * object, a lone surrogate, a number beyond a double, `__proto__`, nesting deeper than 64.
 */
export function parseJson(bytes: Uint8Array, what = 'The body'): unknown {
  if (bytes.length === 0) throw new SlipwayError('invalid_json', `${what} is empty.`)
  if (!isUtf8(bytes)) throw new SlipwayError('invalid_json', `${what} is not UTF-8.`)
  return parseJsonText(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'), what)
}

/** The same for text that was decoded already. */
export function parseJsonText(text: string, what = 'The body'): unknown {
  const members = countMembers(text, what)
  let value: unknown
  try { value = JSON.parse(text) } catch (error) {
    throw new SlipwayError('invalid_json', `${what} is not JSON: ${(error as Error).message.slice(0, 200)}.`)
  }
  const found = { inexact: false }
  if (inspect(value, what, found) !== members) throw new SlipwayError('invalid_json', `${what} names ${JSON.stringify(repeatedName(text))} twice in one object.`)
  return found.inexact ? parseExactly(text) : value
}

/**
 * A request with many numbers. As parseJson, but: NaN, Infinity and -Infinity are taken as they stand (NaN as null); what lies in arrays called
 * `data` is not looked at but for its objects, and whole numbers beyond 2^53 are doubles, because who reads the array checks each element.
 * `exact()` gives the value with such numbers as bigints.
 */
export function parseJsonTensors(text: string, what = 'The body'): { value: unknown; exact(): unknown } {
  const plain = text.includes('NaN') || text.includes('Infinity') ? replaceTokens(text) : text
  const members = countMembers(plain, what)
  let value: unknown
  try { value = JSON.parse(plain) } catch (error) {
    throw new SlipwayError('invalid_json', `${what} is not JSON: ${(error as Error).message.slice(0, 200)}.`)
  }
  if (inspect(value, what, { inexact: false }, 'data') !== members) throw new SlipwayError('invalid_json', `${what} names ${JSON.stringify(repeatedName(plain))} twice in one object.`)
  return { value, exact: () => parseExactly(plain) }
}

/** As parseJson, but NaN may stand bare, which is null. Infinity is a number beyond a double. */
export function parseJsonTokens(bytes: Uint8Array, what = 'The body'): unknown {
  if (bytes.length === 0) throw new SlipwayError('invalid_json', `${what} is empty.`)
  if (!isUtf8(bytes)) throw new SlipwayError('invalid_json', `${what} is not UTF-8.`)
  return parseJsonText(replaceTokens(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')), what)
}

/** Bare tokens outside of strings, as Python writes them, become null and numbers beyond a double, which JSON.parse reads as infinite. */
function replaceTokens(text: string): string {
  let out = ''
  for (let from = 0; from < text.length;) {
    const quote = text.indexOf('"', from)
    const end = quote < 0 ? text.length : quote
    out += text.slice(from, end).replace(/\bNaN\b/g, 'null').replace(/\bInfinity\b/g, '1e999')
    if (quote < 0) break
    const close = endOfString(text, quote) + 1
    out += text.slice(quote, close)
    from = close
  }
  return out
}

/** Whole numbers beyond 2^53 as bigints. Rare, and so parsed a second time: looking at the text of each number is slow. */
function parseExactly(text: string): unknown {
  const exact = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    (typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context?.source as string) : value)
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown)
}

/** Colons outside of strings, which are the members of all objects; repeats included, unlike in the parsed value. */
function countMembers(text: string, what: string): number {
  let members = 0
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: i = endOfString(text, i); break
      case 0x3a: members++; break
      case 0x7b: case 0x5b:
        if (++depth > MAX_DEPTH) throw new SlipwayError('invalid_json', `${what} nests deeper than ${MAX_DEPTH} levels.`)
        break
      case 0x7d: case 0x5d: depth--
    }
  }
  return members
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; ; i++) {
    i = text.indexOf('"', i)
    if (i < 0) return text.length
    let back = i
    while (text.charCodeAt(back - 1) === 0x5c) back--
    if ((i - back) % 2 === 0) return i
  }
}

/** Counts members, and refuses values that JSON can write and we cannot keep. */
function inspect(value: unknown, what: string, found: { inexact: boolean }, unread?: string): number {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new SlipwayError('invalid_json', `${what} has a lone surrogate in a text, which UTF-8 cannot carry.`)
    return 0
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new SlipwayError('invalid_json', `${what} has a number that is too large for a double.`)
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) found.inexact = true
    return 0
  }
  if (typeof value !== 'object' || value === null) return 0
  let members = 0
  if (Array.isArray(value)) {
    for (const item of value) members += inspect(item, what, found, unread)
    return members
  }
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw new SlipwayError('invalid_json', `${what} has a member "__proto__", which is not taken.`)
    if (!key.isWellFormed()) throw new SlipwayError('invalid_json', `${what} has a lone surrogate in a name, which UTF-8 cannot carry.`)
    const member = (value as Record<string, unknown>)[key]
    members += 1 + (key === unread && Array.isArray(member) ? inspectObjects(member, what, found) : inspect(member, what, found, unread))
  }
  return members
}

/** Of an array whose elements are somebody else's: only what objects it holds. */
function inspectObjects(array: readonly unknown[], what: string, found: { inexact: boolean }): number {
  let members = 0
  for (const item of array) if (typeof item === 'object' && item !== null) members += Array.isArray(item) ? inspectObjects(item, what, found) : inspect(item, what, found)
  return members
}

/** Only for the message: the first name that one object has twice. */
function repeatedName(text: string): string {
  const open: Set<string>[] = []
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '{' || c === '[') open.push(new Set())
    else if (c === '}' || c === ']') open.pop()
    else if (c === '"') {
      const end = endOfString(text, i)
      const name = JSON.parse(text.slice(i, end + 1)) as string
      i = end
      if (!/^\s*:/.test(text.slice(end + 1, end + 100))) continue
      const names = open.at(-1)
      if (names?.has(name)) return name
      names?.add(name)
    }
  }
  return '?'
}

/** JSON of a reply. An int64 beyond 2^53 is written as the integer it is. */
export function stringifyJson(value: unknown, space?: number): string {
  try { return JSON.stringify(value, undefined, space) } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return JSON.stringify(value, (_key, v) => (typeof v === 'bigint' ? rawJson(v.toString()) : v), space)
  }
}

const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON
