import { parseCanonical } from '../core/canonical.ts'
import { sha256 } from '../core/digest.ts'
import { SlipwayError } from '../core/errors.ts'
import { LINEAR_FORMAT, readLinear } from './linear/format.ts'
import { compileLinearExplainer } from './linear/explain.ts'
import { compileLinear } from './linear/score.ts'
import type { Model } from './model.ts'
import { nativeModel } from './native.ts'
import { readObject, refuse } from './reading.ts'
import { readTrees, TREES_FORMAT } from './trees/format.ts'
import { compileTreeExplainer } from './trees/explain.ts'
import { compileTrees } from './trees/score.ts'

const LARGEST = 256 << 20

/**
 * Opens a model file of any known format.
 * @param options.digest SHA-256 in hex that the bytes must have.
 * @throws SlipwayError `corrupt` when the digest differs, `invalid_request` with the reason when the file is no model.
 */
export async function loadModel(bytes: Uint8Array, options: { digest?: string } = {}): Promise<Model> {
  const digest = sha256(bytes)
  if (options.digest !== undefined && options.digest !== digest) {
    throw new SlipwayError('corrupt', `The model file has digest ${digest}, and ${options.digest} was recorded.`)
  }
  const file = parseFile(bytes)
  switch (file.format) {
    case TREES_FORMAT: {
      const trees = readTrees(file)
      return nativeModel(TREES_FORMAT, digest, trees.inputs, compileTrees(trees), () => compileTreeExplainer(trees))
    }
    case LINEAR_FORMAT: {
      const linear = readLinear(file)
      return nativeModel(LINEAR_FORMAT, digest, linear.inputs, compileLinear(linear), () => compileLinearExplainer(linear))
    }
    default: return refuse('format', `must be one of ${TREES_FORMAT}, ${LINEAR_FORMAT}`)
  }
}

function parseFile(bytes: Uint8Array): Record<string, unknown> {
  if (bytes.length > LARGEST) refuse('file', `must not be larger than ${LARGEST} bytes`)
  let value: unknown
  try { value = parseCanonical(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) }
  catch { refuse('file', 'is of no known format (not JSON in UTF-8)') }
  return readObject(value, 'file')
}
