import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SlipwayError } from '../core/errors.ts'
import type { Value } from '../core/schema.ts'
import { openGolden } from './golden.fixture.ts'
import { loadModel } from './index.ts'

const lightgbm = openGolden('lightgbm')
const xgboost = openGolden('xgboost')
const originals: [string, Uint8Array][] = [
  ['LightGBM text', lightgbm.file('categories-onehot.txt.gz')], ['LightGBM text, pandas', lightgbm.file('pandas.txt.gz')], ['LightGBM text, linear trees', lightgbm.file('linear-tree.txt.gz')],
  ['XGBoost JSON', xgboost.file('categories-onehot.json.gz')], ['XGBoost JSON, dart', xgboost.file('dart-multiclass.json.gz')],
  ['XGBoost UBJSON', xgboost.file('categories.ubj.gz')], ['XGBoost UBJSON, pandas', xgboost.file('pandas.ubj.gz')], ['XGBoost UBJSON, linear', xgboost.file('gblinear.ubj.gz')],
]

/** Longer than any file here takes, by far; a hang is minutes. */
const LONG = 20_000

const VALUES: Value[] = [null, 0, -1, 5.5, 1e300, -0.5, 41]

/** A file is either refused with a place, or scores any row. */
async function tryFile(bytes: Uint8Array): Promise<'read' | 'refused'> {
  try {
    const model = await loadModel(bytes)
    const rows = VALUES.map((v, i) => model.inputs.map(({ type }): Value => (type === 'category' ? (i % 2 === 0 ? null : 'shop 3') : v)))
    const { width, raw, output } = await model.predict(rows)
    expect([raw.length, output.length]).toEqual([rows.length * width, rows.length * width])
    return 'read'
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error
    expect(error.code).toBe('invalid_request')
    expect(error.faults[0].path.length).toBeGreaterThan(0)
    return 'refused'
  }
}

const mutation = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), length: fc.constant(1), byte: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constantFrom('cut' as const, 'delete' as const, 'copy' as const), at: fc.nat(), length: fc.oneof(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 4000 })), byte: fc.constant(0) }),
  // Inflated counts: digits of text, lengths of UBJSON.
  fc.record({ kind: fc.constant('inflate' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 9 }), byte: fc.constantFrom(0x39, 0x7f, 0xff, 0x2d) }),
)

function mutate(original: Uint8Array, { kind, at, length, byte }: { kind: string; at: number; length: number; byte: number }): Uint8Array {
  const place = at % original.length
  const after = original.subarray(Math.min(original.length, place + length))
  if (kind === 'cut') return original.slice(0, place)
  if (kind === 'delete') return Uint8Array.from([...original.subarray(0, place), ...after])
  if (kind === 'copy') return Uint8Array.from([...original.subarray(0, place), ...original.subarray(Math.max(0, place - length))])
  if (kind === 'flip') { const copy = original.slice(); copy[place] ^= byte; return copy }
  // From the next digit, or the next count, on.
  let from = place
  while (from < original.length - 1 && !(original[from] >= 0x30 && original[from] <= 0x39) && original[from] !== 0x23) from++
  if (original[from] === 0x23) from += 2
  const copy = original.slice()
  copy.fill(byte, Math.min(from, copy.length), Math.min(from + length, copy.length))
  return copy
}

describe.each(originals)('%s', (_, original) => {
  test('the file itself is read', async () => { expect(await tryFile(original)).toBe('read') })

  test('mutated, it is refused with a place or scores, and never breaks or hangs', async () => {
    const seen = { read: 0, refused: 0 }
    await fc.assert(fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async mutations => {
      let bytes = original
      for (const m of mutations) if (bytes.length > 0) bytes = mutate(bytes, m)
      const start = performance.now()
      seen[await tryFile(bytes)]++
      if (performance.now() - start > LONG) throw new Error('took too long')
    }), { numRuns: 150 })
    // Both happen, or the mutations are too mild or too wild to say anything.
    expect(seen.refused).toBeGreaterThan(0)
  }, 120_000)

  test('cut anywhere, it is refused', async () => {
    // After a LightGBM file's trees come parameters, which a file may lack.
    const text = Buffer.from(original).toString('latin1')
    const end = text.startsWith('tree') ? text.indexOf('end of trees') : original.length - 1
    await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: end }), async length => { expect(await tryFile(original.subarray(0, length))).toBe('refused') }), { numRuns: 60 })
  }, 120_000)
})

const ascii = (text: string): number[] => [...Buffer.from(text, 'latin1')]
const long = (n: bigint): number[] => { const b = Buffer.alloc(8); b.writeBigInt64BE(n); return [...b] }
const key = (name: string): number[] => [...ascii('i'), name.length, ...ascii(name)]

test('UBJSON: depth, lengths and counts that lie are refused before anything is made', async () => {
  const attacks: [string, number[]][] = [
    ['deep arrays', [...ascii('{'), ...key('learner'), ...new Array<number>(1_000_000).fill(0x5b)]],
    ['deep objects', Array.from({ length: 200_000 }, () => [...ascii('{'), ...key('a')]).flat()],
    ['a long text', [...ascii('{'), ...key('learner'), ...ascii('SL'), ...long(1n << 40n), 1]],
    ['a long key', [...ascii('{L'), ...long(1n << 62n), 1]],
    ['a negative length', [...ascii('{L'), ...long(-1n), 1]],
    ['a large typed array', [...ascii('{'), ...key('learner'), ...ascii('[$D#L'), ...long(1n << 31n), 1, 2]],
    ['a typed array one byte short', [...ascii('{'), ...key('learner'), ...ascii('[$D#i'), 2, ...new Array<number>(15).fill(0)]],
    ['a typed array of nothing', [...ascii('{'), ...key('learner'), ...ascii('[$Z#L'), ...long(1n << 31n)]],
    ['a large untyped array', [...ascii('{'), ...key('learner'), ...ascii('[#L'), ...long(1n << 31n), 0x5a]],
    ['an object of one type', [...ascii('{'), ...key('learner'), ...ascii('{$Z#L'), ...long(1n << 31n)]],
    ['a key twice', [...ascii('{'), ...key('a'), 0x5a, ...key('a'), 0x5a, ...ascii('}')]],
    ['something after the end', [...ascii('{'), ...key('a'), 0x5a, ...ascii('}}')]],
    ['no text', [...ascii('{'), ...key('a'), ...ascii('Si'), 1, 0xff, ...ascii('}')]],
  ]
  for (const [what, bytes] of attacks) await expect(loadModel(Uint8Array.from(bytes)), what).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('byte ') as string })
})

test('XGBoost: circles, sets with huge codes and nodes out of reach', async () => {
  const document = JSON.parse(new TextDecoder().decode(xgboost.file('categories.json.gz'))) as { learner: { gradient_booster: { model: { trees: Record<string, number[]>[] } } } }
  const refuse = async (what: string, change: (tree: Record<string, number[]>) => void): Promise<void> => {
    const copy = structuredClone(document)
    change(copy.learner.gradient_booster.model.trees[0])
    await expect(loadModel(new TextEncoder().encode(JSON.stringify(copy))), what).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('trees[0]') as string })
  }
  await refuse('circle', t => { t.left_children[t.left_children.findIndex((c, i) => i > 0 && c > 0)] = 1 })
  await refuse('to the root', t => { t.right_children[0] = 0 })
  await refuse('beyond', t => { t.right_children[0] = 1e9 })
  await refuse('fraction', t => { t.left_children[0] = 1.5 })
  await refuse('negative', t => { t.left_children[0] = -2 })
  await refuse('input', t => { t.split_indices[0] = 8 })
  await refuse('code', t => { t.categories[0] = 2 ** 31 })
  await refuse('segments that overlap', t => { t.categories_segments.fill(0) })
  await refuse('sizes', t => { t.categories_sizes[0] = 1e9 })
  await refuse('length', t => { t.split_conditions.pop() })
})

test('LightGBM: what is wrong is named', async () => {
  const text = new TextDecoder().decode(lightgbm.file('categories.txt.gz'))
  const refuse = async (from: string | RegExp, to: string, place: string): Promise<void> => {
    const changed = text.replace(from, to)
    expect(changed).not.toBe(text)
    await expect(loadModel(new TextEncoder().encode(changed)), `${from}`).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining(place) as string })
  }
  await refuse('version=v4', 'version=v2', 'version')
  await refuse('max_feature_idx=7', 'max_feature_idx=70', 'feature_names')
  await refuse('feature_names=x0 x1', 'feature_names=x1 x1', 'feature_names')
  await refuse('objective=binary', 'objective=unknown', 'objective')
  await refuse('num_leaves=15', 'num_leaves=99999999', 'Tree=0')
  await refuse('num_leaves=15', 'num_leaves=16', 'Tree=0')
  await refuse(/left_child=\S+/, 'left_child=0', 'Tree=0.left_child[0]')
  await refuse(/right_child=\S+/, 'right_child=-99', 'Tree=0.right_child[0]')
  await refuse(/split_feature=\S+/, 'split_feature=8', 'Tree=0.split_feature[0]')
  await refuse(/leaf_value=\S+/, 'leaf_value=nan', 'Tree=0.leaf_value[0]')
  await refuse(/threshold=\S+/, 'threshold=0x10', 'Tree=0.threshold[0]')
  await refuse(/cat_boundaries=0 \d+/, 'cat_boundaries=0 999999999', 'Tree=0.cat_boundaries')
  await refuse('Tree=1\n', 'Tree=7\n', 'line')
  await refuse(/Tree=1\n[^]*?\n\n\n/, '', 'line')
  await refuse('end of trees', 'end', 'end of trees')
})
