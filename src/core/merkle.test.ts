import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EMPTY_ROOT, Frontier, HASH_BYTES, inclusionProof, leafHash, merkleRoot, nodeHash, rootFromProof, verifyInclusion } from './merkle.ts'

const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex')

// The vectors of Certificate Transparency's reference tests (merkle_tree_test).
const INPUTS = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(h => Buffer.from(h, 'hex'))
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const PROOFS: [index: number, size: number, path: string[]][] = [
  [0, 1, []],
  [0, 8, ['96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7', '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e', '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4']],
  [5, 8, ['bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b', 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7']],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [1, 5, ['6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d', '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e', 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b']],
]

const pack = (inputs: Uint8Array[]): Uint8Array => Buffer.concat(inputs.map(leafHash))

/** The definition in RFC 6962, 2.1, word for word. */
function definition(d: Uint8Array[]): Uint8Array {
  if (d.length === 0) return createHash('sha256').digest()
  if (d.length === 1) return leafHash(d[0])
  let k = 1
  while (k * 2 < d.length) k *= 2
  return nodeHash(definition(d.slice(0, k)), definition(d.slice(k)))
}

test('the vectors of Certificate Transparency', () => {
  expect(hex(EMPTY_ROOT)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  const frontier = new Frontier()
  expect(hex(frontier.root())).toBe(hex(EMPTY_ROOT))
  INPUTS.forEach((input, i) => {
    frontier.append(leafHash(input))
    expect(hex(frontier.root())).toBe(ROOTS[i])
    expect(hex(merkleRoot(pack(INPUTS.slice(0, i + 1))))).toBe(ROOTS[i])
  })
  for (const [index, size, path] of PROOFS) expect(inclusionProof(pack(INPUTS), index, size).map(hex)).toEqual(path)
})

test('text and bytes have one leaf hash', () => {
  expect(hex(leafHash('grüße 🛫'))).toBe(hex(leafHash(Buffer.from('grüße 🛫'))))
})

test('every leaf is proved, and nothing else is', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (n, i, j) => {
    const inputs = Array.from({ length: n }, (_, k) => Buffer.from(`row ${k}`))
    const leaves = pack(inputs)
    const root = merkleRoot(leaves)
    expect(hex(root)).toBe(hex(definition(inputs)))
    const index = i % n
    const leaf = leaves.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)
    const path = inclusionProof(leaves, index)
    expect(verifyInclusion(leaf, index, n, path, root)).toBe(true)
    expect(verifyInclusion(leafHash('another'), index, n, path, root)).toBe(false)
    expect(verifyInclusion(leaf, index, n, [...path, root], root)).toBe(false)
    if (j % n !== index) expect(verifyInclusion(leaf, j % n, n, path, root)).toBe(false)
    if (path.length > 0) expect(rootFromProof(leaf, index, n, path.slice(1))).toSatisfy((r: Uint8Array | null) => r === null || hex(r) !== hex(root))
  }))
})

test('a leaf that is not there has no proof', () => {
  expect(() => inclusionProof(pack(INPUTS), 8)).toThrow(RangeError)
  expect(rootFromProof(leafHash('a'), 1, 1, [])).toBeNull()
})
