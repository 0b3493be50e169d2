// The Merkle tree of RFC 6962 (section 2.1), over leaf hashes that lie packed, 32 bytes each, in one Uint8Array. Pure.
import { hash } from 'node:crypto'

/** Bytes of a hash. */
export const HASH_BYTES = 32

/** MTH of the empty tree: SHA-256 of nothing. */
export const EMPTY_ROOT: Uint8Array = hash('sha256', '', 'buffer')

/** SHA-256(0x00 ‖ data); text is taken as UTF-8. */
export function leafHash(data: Uint8Array | string): Uint8Array {
  if (typeof data === 'string') return hash('sha256', `\0${data}`, 'buffer')
  const bytes = new Uint8Array(data.length + 1)
  bytes.set(data, 1)
  return hash('sha256', bytes, 'buffer')
}

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + 2 * HASH_BYTES)
  bytes[0] = 1
  bytes.set(left, 1)
  bytes.set(right, 1 + HASH_BYTES)
  return hash('sha256', bytes, 'buffer')
}

/** The root over packed leaf hashes. */
export function merkleRoot(leaves: Uint8Array): Uint8Array {
  const frontier = new Frontier()
  for (let i = 0; i < leaves.length; i += HASH_BYTES) frontier.append(leaves.subarray(i, i + HASH_BYTES))
  return frontier.root()
}

/**
 * The audit path of leaf `index` (from 0) in the tree over the first `size` packed leaf hashes: siblings, lowest first.
 * @throws RangeError when there is no such leaf.
 */
export function inclusionProof(leaves: Uint8Array, index: number, size = leaves.length / HASH_BYTES): Uint8Array[] {
  if (!(index >= 0 && index < size && size * HASH_BYTES <= leaves.length)) throw new RangeError(`There is no leaf ${index} in a tree of ${size}.`)
  const path: Uint8Array[] = []
  let level = Array.from({ length: size }, (_, i) => leaves.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
  // Pairing level by level, an odd last node going up as it is, is the same tree as the RFC's split at the largest power of two.
  for (let at = index; level.length > 1; at >>>= 1) {
    const sibling = at ^ 1
    if (sibling < level.length) path.push(level[sibling])
    const next: Uint8Array[] = []
    for (let i = 0; i < level.length; i += 2) next.push(i + 1 < level.length ? nodeHash(level[i], level[i + 1]) : level[i])
    level = next
  }
  return path
}

/** The root that a leaf hash and its audit path lead to in a tree of `size` leaves (RFC 9162, 2.1.3.2), or null when the path has the wrong length. */
export function rootFromProof(leaf: Uint8Array, index: number, size: number, path: readonly Uint8Array[]): Uint8Array | null {
  if (!(index >= 0 && index < size)) return null
  let node = leaf
  let used = 0
  for (let at = index, last = size - 1; last > 0; at = Math.floor(at / 2), last = Math.floor(last / 2)) {
    if (at % 2 === 0 && at === last) continue
    if (used === path.length) return null
    const sibling = path[used++]
    node = at % 2 === 1 ? nodeHash(sibling, node) : nodeHash(node, sibling)
  }
  return used === path.length ? node : null
}

/** True when the path proves that `leaf` is leaf `index` of the tree of `size` leaves with this root. */
export function verifyInclusion(leaf: Uint8Array, index: number, size: number, path: readonly Uint8Array[], root: Uint8Array): boolean {
  const found = rootFromProof(leaf, index, size, path)
  return found !== null && found.length === root.length && found.every((b, i) => b === root[i])
}

/** The right edge of a growing tree: appending costs O(1) hashes on average, the root O(log n). */
export class Frontier {
  #size = 0
  /** Roots of the complete subtrees that make up the tree, the largest first: one for each one-bit of the size. */
  readonly #nodes: Uint8Array[] = []

  get size(): number { return this.#size }

  /** Appends one leaf hash. The bytes must not change afterwards. */
  append(leaf: Uint8Array): void {
    let node = leaf
    for (let n = this.#size; n % 2 === 1; n = (n - 1) / 2) node = nodeHash(this.#nodes.pop() as Uint8Array, node)
    this.#nodes.push(node)
    this.#size++
  }

  root(): Uint8Array {
    let node: Uint8Array | undefined
    for (let i = this.#nodes.length - 1; i >= 0; i--) node = node === undefined ? this.#nodes[i] : nodeHash(this.#nodes[i], node)
    return node ?? EMPTY_ROOT
  }
}
