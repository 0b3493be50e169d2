import { sha256 } from '../core/digest.ts'
import { SlipwayError } from '../core/errors.ts'
import { ModelFile, type ModelFormat } from './format.ts'
import { slipwayLinear } from './linear/index.ts'
import type { Model } from './model.ts'
import { lightgbmText } from './lightgbm/index.ts'
import { onnx } from './onnx/index.ts'
import { readObject, refuse } from './reading.ts'
import { slipwayTrees } from './trees/index.ts'
import { xgboostJson, xgboostUbjson } from './xgboost/index.ts'

const LARGEST = 256 << 20

/** In the order in which a file is shown to them. */
const FORMATS: readonly ModelFormat[] = [lightgbmText, xgboostUbjson, slipwayTrees, slipwayLinear, xgboostJson, onnx]

/**
 * Opens a model file of any known format, which its content says.
 * @param options.digest SHA-256 in hex that the bytes must have.
 * @throws SlipwayError `corrupt` when the digest differs, `invalid_request` with the reason when the file is no model.
 */
export async function loadModel(bytes: Uint8Array, options: { digest?: string } = {}): Promise<Model> {
  const digest = sha256(bytes)
  if (options.digest !== undefined && options.digest !== digest) {
    throw new SlipwayError('corrupt', `The model file has digest ${digest}, and ${options.digest} was recorded.`)
  }
  if (bytes.length > LARGEST) refuse('file', `must not be larger than ${LARGEST} bytes`)
  const file = new ModelFile(bytes)
  const format = FORMATS.find(f => f.recognise(file))
  return format === undefined ? refuseUnknown(file) : format.read(file, digest)
}

function refuseUnknown(file: ModelFile): never {
  const known = FORMATS.map(f => f.name).join(', ')
  if (file.json === undefined) refuse('file', `is of no known format (${known}), and is not JSON in UTF-8`)
  readObject(file.json, 'file')
  return refuse('format', `must be one of ${known}`)
}
