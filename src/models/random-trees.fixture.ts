// Random models and vectors for property tests, and the plainest possible scorer to compare with.
import fc from 'fast-check'
import type { Value } from '../core/schema.ts'
import type { EncodedInput } from './inputs.ts'
import type { Tree, Trees } from './trees/format.ts'

const input = (name: string): fc.Arbitrary<EncodedInput> => fc.oneof(
  fc.constant<EncodedInput>({ name, type: 'float64' }),
  fc.uniqueArray(fc.string({ maxLength: 4 }), { maxLength: 70 }).map<EncodedInput>(categories => ({ name, type: 'category', categories })),
)

const inputs = fc.integer({ min: 1, max: 5 }).chain(n => fc.tuple(...Array.from({ length: n }, (_, i) => input(`x${i}`))))

const number = fc.oneof(fc.constantFrom(0, -1, 0.5, 3), fc.double({ noNaN: true, noDefaultInfinity: true, min: -10, max: 10 }))

/** Splits leaves one after the other, as a learner does. */
function treeOf(all: readonly EncodedInput[]): fc.Arbitrary<Tree> {
  const choice = fc.record({ at: fc.nat(), feature: fc.nat(all.length - 1), threshold: number, missingLeft: fc.integer({ min: 0, max: 1 }), codes: fc.uniqueArray(fc.nat(71), { maxLength: 20 }) })
  return fc.tuple(fc.array(choice, { maxLength: 20 }), fc.array(number, { minLength: 21, maxLength: 21 })).map(([choices, values]) => {
    const tree: Tree = { feature: [], split: [], missingLeft: [], left: [], right: [], gain: [], leaf: [], rows: [] }
    const open: { parent: number; side: 'left' | 'right' }[] = [{ parent: -1, side: 'left' }]
    for (const { at, feature, threshold, missingLeft, codes } of choices) {
      const { parent, side } = open.splice(at % open.length, 1)[0]
      const node = tree.feature.length
      if (parent >= 0) tree[side][parent] = node
      const { type, categories = [] } = all[feature]
      tree.feature.push(feature)
      tree.split.push(type === 'float64' ? threshold : codes.filter(c => c < categories.length + 2).sort((a, b) => a - b))
      tree.missingLeft.push(type === 'float64' ? missingLeft : 0)
      tree.left.push(0)
      tree.right.push(0)
      tree.gain.push(1)
      open.push({ parent: node, side: 'left' }, { parent: node, side: 'right' })
    }
    open.forEach(({ parent, side }, i) => { if (parent >= 0) tree[side][parent] = ~i; tree.leaf.push(values[i]); tree.rows.push(i) })
    return tree
  })
}

function valueOf({ type, categories = [] }: EncodedInput): fc.Arbitrary<Value> {
  if (type === 'float64') return fc.oneof(number, fc.constant(null), fc.boolean(), fc.constant(3n))
  return fc.oneof(fc.constant(null), fc.string({ maxLength: 4 }), ...(categories.length > 0 ? [fc.constantFrom(...categories)] : []))
}

/** A model with vectors for it. */
export const modelWithVectors: fc.Arbitrary<{ model: Trees; vectors: Value[][] }> = inputs.chain(all => fc.record({
  model: fc.record({ inputs: fc.constant([...all]), base: number, trees: fc.array(treeOf(all), { maxLength: 6 }) }),
  vectors: fc.array(fc.tuple(...all.map(valueOf)), { minLength: 1, maxLength: 20 }),
}))

/** The format's definition, word by word. */
export function walkTrees(model: Trees, vector: readonly Value[]): number {
  let sum = model.base
  for (const tree of model.trees) {
    let node = tree.feature.length > 0 ? 0 : -1
    while (node >= 0) {
      const { type, categories = [] } = model.inputs[tree.feature[node]]
      const value = vector[tree.feature[node]]
      const split = tree.split[node]
      let left: boolean
      if (type === 'category') {
        const code = value === null ? categories.length + 1 : categories.includes(value as string) ? categories.indexOf(value as string) : categories.length
        left = (split as number[]).includes(code)
      } else left = value === null ? tree.missingLeft[node] === 1 : Number(value) <= (split as number)
      node = left ? tree.left[node] : tree.right[node]
    }
    sum += tree.leaf[~node]
  }
  return sum
}
