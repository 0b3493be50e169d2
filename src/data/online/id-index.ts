// The rows of a source by their id, without its text: of each id the slot of one row, found by the values of its columns.
import { randomInt } from 'node:crypto'
import type { Value } from '../../core/schema.ts'
import { growIntegers, sameSlots, slotIs, type ValueColumn } from './value-column.ts'

const NONE = -1
const FIRST_PLACES = 512
/** So that nobody can choose ids that all have one place. */
const SEED = randomInt(2 ** 31)

const bits = new Float64Array(1)
const words = new Int32Array(bits.buffer)

/** Open addressing: a row is at the place that its hash names, or at the first free one after it. */
export class IdIndex {
  readonly #columns: readonly ValueColumn[]
  /** Slot + 1; 0 where there is none. Never more than half are taken. */
  #places = new Int32Array(FIRST_PLACES)
  /** By slot. */
  #hashes = new Int32Array(0)
  #size = 0

  /** @param columns of the id, in their order */
  constructor(columns: readonly ValueColumn[]) { this.#columns = columns }

  get size(): number { return this.#size }

  get bytes(): number { return this.#places.byteLength + this.#hashes.byteLength }

  /** Makes room for slots below `capacity`. */
  grow(capacity: number): void { if (this.#hashes.length < capacity) this.#hashes = growIntegers(this.#hashes, capacity) }

  /** The row that is here with the id of the one in `slot`; NONE when there is none. What is remembered of the slot serves `put`. */
  find(slot: number): number {
    const hash = this.#hashes[slot] = this.#hashOf(slot)
    const mask = this.#places.length - 1
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const found = this.#places[place] - 1
      if (found === NONE || (this.#hashes[found] === hash && this.#sameId(found, slot))) return found
    }
  }

  /** The same for an id that is in no slot; `values` in the order of the id. */
  findValues(values: readonly Value[]): number {
    let hash = SEED
    for (let c = 0; c < values.length; c++) hash = mix(hash, hashValue(values[c]))
    const mask = this.#places.length - 1
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const found = this.#places[place] - 1
      if (found === NONE || (this.#hashes[found] === hash && this.#columns.every((column, c) => slotIs(column, found, values[c])))) return found
    }
  }

  /** Puts a row that `find` was asked about in the place of `before`, or (NONE) where there was no row of its id. */
  put(slot: number, before: number): void {
    if (before !== NONE) { this.#places[this.#placeOf(before)] = slot + 1; return }
    if (++this.#size * 2 > this.#places.length) this.#spread()
    this.#add(slot)
  }

  /** No row of this one's id is left. */
  remove(slot: number): void {
    const mask = this.#places.length - 1
    let free = this.#placeOf(slot)
    this.#places[free] = 0
    this.#size--
    // Those behind it move up, unless they would come before the place that their hash names.
    for (let place = (free + 1) & mask; this.#places[place] !== 0; place = (place + 1) & mask) {
      const wanted = this.#hashes[this.#places[place] - 1] & mask
      if (((place - wanted) & mask) < ((place - free) & mask)) continue
      this.#places[free] = this.#places[place]
      this.#places[place] = 0
      free = place
    }
  }

  #placeOf(slot: number): number {
    const mask = this.#places.length - 1
    let place = this.#hashes[slot] & mask
    while (this.#places[place] !== slot + 1) place = (place + 1) & mask
    return place
  }

  #add(slot: number): void {
    const mask = this.#places.length - 1
    let place = this.#hashes[slot] & mask
    while (this.#places[place] !== 0) place = (place + 1) & mask
    this.#places[place] = slot + 1
  }

  #spread(): void {
    const before = this.#places
    this.#places = new Int32Array(before.length * 2)
    for (const taken of before) if (taken !== 0) this.#add(taken - 1)
  }

  #hashOf(slot: number): number {
    const columns = this.#columns
    let hash = SEED
    for (let c = 0; c < columns.length; c++) {
      const column = columns[c]
      hash = mix(hash, column.kind === 'double' ? hashNumber(column.values[slot]) : hashValue(column.values[slot]))
    }
    return hash
  }

  #sameId(a: number, b: number): boolean {
    const columns = this.#columns
    for (let c = 0; c < columns.length; c++) if (!sameSlots(columns[c], a, b)) return false
    return true
  }
}

function hashNumber(value: number): number {
  // −0 is 0.
  bits[0] = value + 0
  return words[0] ^ Math.imul(words[1], 0x85ebca6b)
}

function hashValue(value: Value): number {
  if (typeof value === 'number') return hashNumber(value)
  if (typeof value !== 'string') return typeof value === 'bigint' ? Number(BigInt.asIntN(32, value ^ (value >> 32n))) : value === true ? 1 : 2
  let hash = SEED
  for (let i = 0; i < value.length; i++) hash = Math.imul(hash ^ value.charCodeAt(i), 0x01000193)
  return hash
}

/** So that every bit of a part moves all low bits of the whole (the finalizer of murmur3). */
function mix(hash: number, part: number): number {
  let h = hash * 31 + part | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
