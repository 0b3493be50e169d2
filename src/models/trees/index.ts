import { compileForestExplainer } from '../forest/explain.ts'
import { compileForest } from '../forest/score.ts'
import type { ModelFormat } from '../format.ts'
import { PROBABILITY, writeSigmoid } from '../links.ts'
import { nativeModel } from '../native.ts'
import { readOwn } from '../reading.ts'
import { forestOf } from './forest.ts'
import { readTrees, TREES_FORMAT } from './format.ts'

/** Trees that were grown here. */
export const slipwayTrees: ModelFormat = {
  name: TREES_FORMAT,
  recognise: ({ json }) => (json as { format?: unknown } | null | undefined)?.format === TREES_FORMAT,
  read(file, digest) {
    const trees = readTrees(readOwn(file.text))
    const forest = forestOf(trees)
    return nativeModel(digest, {
      format: TREES_FORMAT, task: 'binary', link: 'logit', inputs: trees.inputs, outputs: PROBABILITY,
      score: compileForest(forest), finish: writeSigmoid, makeExplainer: () => compileForestExplainer(forest),
    })
  },
}
