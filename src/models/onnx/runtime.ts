// The part of onnxruntime-node that is used here, and how it is found: an optional package, loaded when a model first needs it.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'

export type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array | string[]

export interface Tensor { readonly type: string; readonly dims: readonly number[]; readonly data: ArrayLike<number> | ArrayLike<bigint> | readonly string[] }

/** `shape` has names where a size is not fixed. A value that is no tensor (a map, a sequence) has no type. */
export interface ValueMetadata { readonly name: string; readonly isTensor: boolean; readonly type?: string; readonly shape?: readonly (number | string)[] }

export interface Session {
  readonly inputMetadata: readonly ValueMetadata[]
  readonly outputMetadata: readonly ValueMetadata[]
  run(feeds: Record<string, Tensor>, fetches: readonly string[]): Promise<Record<string, Tensor>>
}

export interface Runtime {
  Tensor: new (type: string, data: TensorData, dims: readonly number[]) => Tensor
  InferenceSession: { create(bytes: Uint8Array, options: object): Promise<Session> }
}

const PACKAGE = 'onnxruntime-node'

/**
 * Looks beside this package first, then in the working directory.
 * @throws SlipwayError `invalid_config` with the line that installs it.
 */
export async function loadRuntime(folder = process.cwd()): Promise<Runtime> {
  let cause: unknown
  for (const from of [import.meta.url, join(folder, 'package.json')]) {
    try {
      return createRequire(from)(PACKAGE) as Runtime
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'MODULE_NOT_FOUND' || !message.includes(`'${PACKAGE}'`)) throw error
      cause = error
    }
  }
  throw new SlipwayError('invalid_config', `The model is an ONNX file, for which the package ${PACKAGE} is needed, and it is not installed.`, { cause, remedy: `Run \`ONNXRUNTIME_NODE_INSTALL=skip npm install ${PACKAGE}@1\` (without the variable it also fetches what a GPU needs).` })
}
