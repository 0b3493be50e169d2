// RFC 8785 canonical JSON, with the values that JSON has no form for written as tagged strings.
import { SlipwayError } from './errors.ts'

export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json | undefined }

/** A string that begins with `$` is escaped as `$str:` + itself, so that the tags below are never ambiguous. */
const TAG = '$'

/**
 * Canonical text: keys sorted by UTF-16 code units, no white space, numbers as ECMAScript prints them;
 * NaN, ±Infinity, −0 and integers beyond 2^53 (bigint) become `"$f64:NaN"`, `"$f64:-0"`, `"$int64:9007199254740993"`.
 * @throws SlipwayError `invalid_request` for lone surrogates, functions and the like.
 */
export function canonicalize(value: Json): string {
  switch (typeof value) {
    case 'string': return canonicalString(value)
    case 'number': return canonicalNumber(value)
    case 'boolean': return value ? 'true' : 'false'
    case 'bigint': return canonicalInteger(value)
    case 'object': {
      if (value === null) return 'null'
      if (Array.isArray(value)) return `[${value.map(canonicalize).join(',')}]`
      let out = ''
      for (const key of Object.keys(value).sort()) {
        const v = value[key]
        if (v === undefined) continue
        out += `${out === '' ? '' : ','}${canonicalString(key, false)}:${canonicalize(v)}`
      }
      return `{${out}}`
    }
    default: throw new SlipwayError('invalid_request', `A ${typeof value} has no canonical form.`)
  }
}

export function canonicalNumber(n: number): string {
  if (Number.isFinite(n) && !Object.is(n, -0)) return String(n)
  return `"${TAG}f64:${Object.is(n, -0) ? '-0' : n}"`
}

export function canonicalInteger(n: bigint): string {
  return n >= -9007199254740991n && n <= 9007199254740991n ? n.toString() : `"${TAG}int64:${n}"`
}

export function canonicalString(s: string, escape = true): string {
  if (!s.isWellFormed()) throw new SlipwayError('invalid_request', 'A string has a lone surrogate, which UTF-8 cannot carry.')
  return JSON.stringify(escape && s.startsWith(TAG) ? `${TAG}str:${s}` : s)
}

/** Reads what `canonicalize` wrote. */
export function parseCanonical(text: string): Json {
  return JSON.parse(text, (_key, v) => (typeof v === 'string' && v.startsWith(TAG) ? untag(v) : v)) as Json
}

function untag(s: string): Json {
  if (s.startsWith('$str:')) return s.slice(5)
  if (s.startsWith('$int64:')) return BigInt(s.slice(7))
  if (s.startsWith('$f64:')) return Number(s.slice(5))
  throw new SlipwayError('corrupt', `Unknown tag in ${s.slice(0, 40)}.`)
}
