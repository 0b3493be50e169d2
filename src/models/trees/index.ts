import type { ModelFormat } from '../format.ts'
import { PROBABILITY, writeSigmoid } from '../links.ts'
import { nativeModel } from '../native.ts'
import { compileTreeExplainer } from './explain.ts'
import { readTrees, TREES_FORMAT } from './format.ts'
import { compileTrees } from './score.ts'

/** Trees that were grown here. */
export const slipwayTrees: ModelFormat = {
  name: TREES_FORMAT,
  recognise: ({ json }) => (json as { format?: unknown } | null | undefined)?.format === TREES_FORMAT,
  read(file, digest) {
    const trees = readTrees(file.json as Record<string, unknown>)
    return nativeModel(digest, {
      format: TREES_FORMAT, task: 'binary', link: 'logit', inputs: trees.inputs, outputs: PROBABILITY,
      score: compileTrees(trees), finish: writeSigmoid, makeExplainer: () => compileTreeExplainer(trees),
    })
  },
}
