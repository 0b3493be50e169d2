// Text out of DuckDB's vectors. Each item is 16 bytes: the length, then the text itself (up to 12 bytes) or its first 4 bytes and a pointer.
// The package decodes each item anew; categories repeat, and what repeats is looked up here instead.
import type { DuckDBVector } from '@duckdb/node-api'
import { openVector } from './vectors.ts'

const INLINE = 12
/** Of slots: for short texts, which are kept, and for the long ones of one vector. */
const SHORT_BITS = 12
const LONG_BITS = 6

/** Directly mapped: a slot holds the last text of its hash. */
class Recent {
  readonly #shift: number
  readonly #keys: Int32Array
  readonly #texts: (string | undefined)[]
  constructor(bits: number) {
    this.#shift = 32 - bits
    this.#keys = new Int32Array(4 << bits)
    this.#texts = new Array<string | undefined>(1 << bits)
  }

  get(items: Int32Array, i: number, read: () => string): string {
    const at = i * 4
    const a = items[at]
    const b = items[at + 1]
    const c = items[at + 2]
    const d = items[at + 3]
    const slot = Math.imul(Math.imul(Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b) ^ c, 0xc2b2ae35) ^ d, 0x27d4eb2f) >>> this.#shift
    const k = slot * 4
    const keys = this.#keys
    const found = this.#texts[slot]
    if (found !== undefined && keys[k] === a && keys[k + 1] === b && keys[k + 2] === c && keys[k + 3] === d) return found
    const text = read()
    keys[k] = a
    keys[k + 1] = b
    keys[k + 2] = c
    keys[k + 3] = d
    this.#texts[slot] = text
    return text
  }
}

/** Short texts are their own key, for ever. */
const short = new Recent(SHORT_BITS)

/** Reads the texts of a vector by place; null when the vector is not of the layout above. Missing items must not be read. */
export function openTexts(vector: DuckDBVector): ((i: number) => string) | null {
  const view = openVector(vector).bytes
  if (view === undefined || view.byteOffset % 4 !== 0 || view.byteLength !== vector.itemCount * 16) return null
  const items = new Int32Array(view.buffer, view.byteOffset, view.byteLength / 4)
  // A pointer means the same text only as long as this vector lives: rows with one dictionary entry share it.
  let long: Recent | null = null
  return i => (items[i * 4] <= INLINE ? short : long ??= new Recent(LONG_BITS)).get(items, i, () => String(vector.getItem(i)))
}
