import { compileForestExplainer } from '../forest/explain.ts'
import type { Forest } from '../forest/forest.ts'
import { compileForest } from '../forest/score.ts'
import type { ModelFormat } from '../format.ts'
import { nativeModel } from '../native.ts'
import { refuse } from '../reading.ts'
import { readInputs } from './categories.ts'
import { readCount, splitSections } from './lines.ts'
import { readObjective } from './objective.ts'
import { readTree } from './tree.ts'

const FORMAT = 'lightgbm-text'

/**
 * Text files of LightGBM's `save_model`, versions 3 and 4. The arithmetic is LightGBM's: sums in double precision, in the order of the trees.
 * Of a random forest `raw` is the sum over its trees, as LightGBM's `raw_score` is, and `output` is made of their mean.
 */
export const lightgbmText: ModelFormat = {
  name: FORMAT,
  recognise: file => /^tree\r?\n/.test(file.head(6)),
  read(file, digest) {
    const sections = splitSections(file.text ?? refuse('file', 'is not UTF-8'))
    const { header } = sections
    const version = header.get('version') ?? ''
    if (version !== 'v3' && version !== 'v4') refuse('version', `must be v3 or v4, and is ${JSON.stringify(version.slice(0, 40))}`)
    const size = readCount(header, 'max_feature_idx', 'header', 0, 1 << 24) + 1
    const inputs = readInputs(sections, size)
    const width = readCount(header, 'num_tree_per_iteration', 'header', 1, 1 << 16, readCount(header, 'num_class', 'header', 1, 1 << 16))
    const announced = header.get('tree_sizes')?.trim().split(/ +/).filter(s => s !== '').length ?? sections.trees.length
    if (announced !== sections.trees.length) refuse('tree_sizes', `announces ${announced} trees, and the file has ${sections.trees.length}`)
    if (sections.trees.length % width !== 0) refuse('tree_sizes', `must be a multiple of ${width} trees`)
    const trees = sections.trees.map((fields, i) => readTree(fields, `Tree=${i}`, size, i % width))
    const forest: Forest = { size, base: new Array<number>(width).fill(0), single: false, trees }
    const iterations = header.has('average_output') ? trees.length / width : 0
    return nativeModel(digest, {
      format: FORMAT, inputs, rounding: 'zero', ...readObjective(header.get('objective') ?? '', width, iterations),
      score: compileForest(forest), makeExplainer: () => compileForestExplainer(forest),
    })
  },
}
