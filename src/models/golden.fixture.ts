// Model files of other libraries, rows and answers, as test/golden/models.py wrote them.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Value } from '../core/schema.ts'

interface Numbers { at: number; length: number; type: 'float32' | 'float64' }
export interface GoldenCase {
  name: string; pandas: boolean; codes?: boolean; files: string[]; width: number
  raw: Numbers; output: Numbers; contributions: Numbers | null
}
interface Head { columns: string[]; shops: string[]; kinds: string[]; rows: number; shared: Numbers; validCodes?: Numbers; explained: { from: number; step: number; count: number }; cases: GoldenCase[] }

export interface Golden {
  head: Head
  /** Bytes of a model file. */
  file(name: string): Uint8Array
  numbers(place: Numbers): Float64Array
  /** The rows of a case as a client sends them: text in the columns of pandas' categories. */
  vectors(one: GoldenCase): Value[][]
  /** Places of the rows that are explained. */
  explained: number[]
}

export function openGolden(library: 'lightgbm' | 'xgboost'): Golden {
  const folder = new URL(`../../test/golden/models/${library}/`, import.meta.url)
  const head = JSON.parse(readFileSync(new URL('cases.json', folder), 'utf8')) as Head
  // No Buffer, whose slices share memory.
  const file = (name: string): Uint8Array => Uint8Array.from(gunzipSync(readFileSync(new URL(name, folder))))
  const bytes = Uint8Array.from(gunzipSync(readFileSync(new URL('numbers.bin.gz', folder)))).buffer
  const numbers = ({ at, length, type }: Numbers): Float64Array => (type === 'float64' ? new Float64Array(bytes, at, length) : Float64Array.from(new Float32Array(bytes, at, length)))
  const rows = numbers(head.shared)
  const size = head.columns.length
  const valid = head.validCodes === undefined ? null : numbers(head.validCodes)
  const { from, step, count } = head.explained
  const number = (v: number): Value => (Number.isNaN(v) ? null : v)
  const text = (v: number, names: string[]): Value => (Number.isNaN(v) ? null : names[v] ?? 'never seen')
  return {
    head, file, numbers,
    explained: Array.from({ length: count }, (_, i) => from + i * step),
    vectors: ({ pandas, codes }) => Array.from({ length: head.rows }, (_, r) => Array.from({ length: size }, (_, c): Value => {
      const v = codes && valid !== null && (c === 5 || c === 6) ? valid[r * 2 + c - 5] : rows[r * size + c]
      return pandas && c === 5 ? text(v, head.shops) : pandas && c === 6 ? text(v, head.kinds) : number(v)
    })),
  }
}

/** Of two arrays to the bit (all NaN are alike): the first place where they differ, or −1. */
export function firstDifference(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length) return Math.min(a.length, b.length)
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return i
  return -1
}
