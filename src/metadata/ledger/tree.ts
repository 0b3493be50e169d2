import { EMPTY_ROOT, HASH_BYTES as HASH, nodeHash } from '../../core/merkle.ts'

/** An RFC 6962 tree that grows at its end. Every complete subtree is kept (64 bytes an entry in all), so roots and proofs of any size cost a few hashes. */
export class GrowingTree {
  /** levels[k] holds the roots of the complete subtrees of 2^k leaves, in order. */
  readonly #levels: Buffer[] = []
  #size = 0

  get size(): number { return this.#size }

  push(leaf: Uint8Array): void {
    let node: Uint8Array = leaf
    let place = this.#size++
    for (let level = 0; ; level++) {
      this.#store(level, place, node)
      if (place % 2 === 0) return
      node = nodeHash(this.#node(level, place - 1), node)
      place = (place - 1) / 2
    }
  }

  /** Forgets all but the first `size` leaves. */
  truncate(size: number): void { this.#size = Math.min(this.#size, size) }

  leaf(index: number): Buffer { return this.#node(0, index) }

  /** The root over the first `size` leaves, in hex; of none it is SHA-256 of nothing. */
  root(size = this.#size): string {
    return hex(size === 0 ? EMPTY_ROOT : this.#hash(0, size))
  }

  /** Hashes, leaf to root, that prove leaf `index` in the tree of `size` leaves (RFC 6962 section 2.1.1), in hex. */
  path(index: number, size = this.#size): string[] {
    const out: string[] = []
    for (let from = 0, to = size; to - from > 1;) {
      const middle = from + splitOf(to - from)
      if (index < middle) { out.push(hex(this.#hash(middle, to))); to = middle }
      else { out.push(hex(this.#hash(from, middle))); from = middle }
    }
    return out.reverse()
  }

  #hash(from: number, to: number): Uint8Array {
    const n = to - from
    if (Number.isInteger(Math.log2(n)) && from % n === 0) return this.#node(Math.log2(n), from / n)
    const middle = from + splitOf(n)
    return nodeHash(this.#hash(from, middle), this.#hash(middle, to))
  }

  #node(level: number, place: number): Buffer { return this.#levels[level].subarray(place * HASH, (place + 1) * HASH) }

  #store(level: number, place: number, node: Uint8Array): void {
    let buffer = this.#levels[level] ?? Buffer.alloc(HASH * 16)
    if (buffer.length < (place + 1) * HASH) buffer = Buffer.concat([buffer, Buffer.alloc(buffer.length)])
    buffer.set(node, place * HASH)
    this.#levels[level] = buffer
  }
}

/** The largest power of two below n. */
function splitOf(n: number): number { return 2 ** (Math.ceil(Math.log2(n)) - 1) }

function hex(bytes: Uint8Array): string { return Buffer.from(bytes).toString('hex') }
