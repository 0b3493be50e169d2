// UBJSON as XGBoost writes it: JSON in binary, big endian. Counts are checked against what is left of the file before anything is made.
import { refuse } from '../reading.ts'

const DEEPEST = 64
/** Values that are no items of typed arrays: a model has some dozen a tree. */
const MOST_VALUES = 4_000_000

type Typed = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Int32Array

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @throws SlipwayError `invalid_request`, naming the byte. */
export function parseUbjson(bytes: Uint8Array): unknown { return new Reader(bytes).readDocument() }

class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0
  #values = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  readDocument(): unknown {
    const value = this.#read(this.#marker(), 0)
    if (this.#at !== this.#bytes.length) this.#refuse('is after the end of the model')
    return value
  }

  #refuse(reason: string, at = this.#at): never { return refuse(`byte ${at}`, reason) }

  /** Moves on by so many bytes, which are there. */
  #take(length: number): number {
    const at = this.#at
    if (length > this.#bytes.length - at) this.#refuse(`needs ${length} bytes more, and the file has ${this.#bytes.length - at}`)
    this.#at += length
    return at
  }

  #marker(): string {
    let marker = 'N'
    while (marker === 'N') marker = String.fromCharCode(this.#bytes[this.#take(1)])
    return marker
  }

  #peek(): string { return this.#at < this.#bytes.length ? String.fromCharCode(this.#bytes[this.#at]) : '' }

  #read(marker: string, depth: number): unknown {
    if (depth > DEEPEST) this.#refuse(`is more than ${DEEPEST} levels deep`)
    if (++this.#values > MOST_VALUES) this.#refuse(`is beyond ${MOST_VALUES} values`)
    switch (marker) {
      case '{': return this.#readObject(depth)
      case '[': return this.#readArray(depth)
      case 'S': return this.#readText(this.#readLength())
      case 'C': return String.fromCharCode(this.#bytes[this.#take(1)])
      case 'Z': return null
      case 'T': return true
      case 'F': return false
      default: return this.#readNumber(marker)
    }
  }

  #readNumber(marker: string): number {
    const at = this.#at
    switch (marker) {
      case 'i': return this.#view.getInt8(this.#take(1))
      case 'U': return this.#view.getUint8(this.#take(1))
      case 'I': return this.#view.getInt16(this.#take(2))
      case 'l': return this.#view.getInt32(this.#take(4))
      case 'L': return Number(this.#view.getBigInt64(this.#take(8)))
      case 'd': return this.#view.getFloat32(this.#take(4))
      case 'D': return this.#view.getFloat64(this.#take(8))
      default: return this.#refuse(`has the unknown type ${JSON.stringify(marker)}`, at - 1)
    }
  }

  #readLength(): number {
    const at = this.#at
    const marker = this.#marker()
    if (!'iUIlL'.includes(marker)) this.#refuse('must be a length', at)
    const length = this.#readNumber(marker)
    if (length < 0 || length > this.#bytes.length) this.#refuse(`announces ${length} items, and the file has ${this.#bytes.length} bytes`, at)
    return length
  }

  #readText(length: number): string {
    const at = this.#take(length)
    try { return utf8.decode(this.#bytes.subarray(at, at + length)) } catch { return this.#refuse('is not UTF-8', at) }
  }

  #readObject(depth: number): Record<string, unknown> {
    const object = Object.create(null) as Record<string, unknown>
    if (this.#peek() === '$') this.#refuse('has an object of one type, which models do not have')
    let count = Number.POSITIVE_INFINITY
    if (this.#peek() === '#') { this.#take(1); count = this.#readLength() }
    for (let i = 0; i < count; i++) {
      if (count === Number.POSITIVE_INFINITY) {
        while (this.#peek() === 'N') this.#take(1)
        if (this.#peek() === '}') { this.#take(1); break }
      }
      const at = this.#at
      const key = this.#readText(this.#readLength())
      if (key in object) this.#refuse(`repeats the key ${JSON.stringify(key.slice(0, 40))}`, at)
      object[key] = this.#read(this.#marker(), depth + 1)
    }
    return object
  }

  #readArray(depth: number): unknown[] | Typed {
    if (this.#peek() === '$') {
      this.#take(1)
      const type = String.fromCharCode(this.#bytes[this.#take(1)])
      if (this.#peek() !== '#') this.#refuse('must be a count')
      this.#take(1)
      return this.#readTyped(type, this.#readLength())
    }
    let count = Number.POSITIVE_INFINITY
    if (this.#peek() === '#') { this.#take(1); count = this.#readLength() }
    const items: unknown[] = []
    while (items.length < count) {
      const marker = this.#marker()
      if (marker === ']' && count === Number.POSITIVE_INFINITY) break
      items.push(this.#read(marker, depth + 1))
    }
    return items
  }

  #readTyped(type: string, count: number): Typed {
    const view = this.#view
    const fill = <T extends Typed>(width: number, make: (length: number) => T, get: (at: number) => number): T => {
      const at = this.#take(count * width)
      const array = make(count)
      for (let i = 0; i < count; i++) array[i] = get(at + i * width)
      return array
    }
    switch (type) {
      case 'd': return fill(4, n => new Float32Array(n), at => view.getFloat32(at))
      case 'D': return fill(8, n => new Float64Array(n), at => view.getFloat64(at))
      case 'i': return fill(1, n => new Int8Array(n), at => view.getInt8(at))
      case 'U': return fill(1, n => new Uint8Array(n), at => view.getUint8(at))
      case 'I': return fill(2, n => new Int16Array(n), at => view.getInt16(at))
      case 'l': return fill(4, n => new Int32Array(n), at => view.getInt32(at))
      case 'L': return fill(8, n => new Float64Array(n), at => Number(view.getBigInt64(at)))
      default: return this.#refuse(`has an array of the unknown type ${JSON.stringify(type)}`)
    }
  }
}
