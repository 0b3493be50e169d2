import type { ModelFormat } from '../format.ts'
import { PROBABILITY, writeSigmoid } from '../links.ts'
import { nativeModel } from '../native.ts'
import { readOwn } from '../reading.ts'
import { compileLinearExplainer } from './explain.ts'
import { LINEAR_FORMAT, readLinear } from './format.ts'
import { compileLinear } from './score.ts'

/** Logistic regression that was fitted here. */
export const slipwayLinear: ModelFormat = {
  name: LINEAR_FORMAT,
  recognise: ({ json }) => (json as { format?: unknown } | null | undefined)?.format === LINEAR_FORMAT,
  read(file, digest) {
    const linear = readLinear(readOwn(file.text))
    return nativeModel(digest, {
      format: LINEAR_FORMAT, task: 'binary', link: 'logit', inputs: linear.inputs, outputs: PROBABILITY,
      score: compileLinear(linear), finish: writeSigmoid, makeExplainer: () => compileLinearExplainer(linear),
    })
  },
}
