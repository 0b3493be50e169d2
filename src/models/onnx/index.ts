import { SlipwayError } from '../../core/errors.ts'
import type { ModelFormat } from '../format.ts'
import type { Model, Scores } from '../model.ts'
import { refuse } from '../reading.ts'
import { readInputs } from './inputs.ts'
import { chooseOutput, readMeaning } from './outputs.ts'
import { loadRuntime, type Session } from './runtime.ts'

/** One thread a call: rows are worked on by several processes, and the sums do not depend on how many cores there are. */
const OPTIONS = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential', logSeverityLevel: 3 }

/** ONNX through onnxruntime, whose arithmetic may differ between its versions in the last places. Its raw scores are its outputs. */
export const onnx: ModelFormat = {
  name: 'onnx',
  // A message in protocol buffers whose first field is the version of the format.
  recognise: ({ bytes }) => bytes.length > 2 && bytes[0] === 0x08 && bytes[1] >= 1 && bytes[1] <= 32 && [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].includes(bytes[2]),
  async read({ bytes }, digest): Promise<Model> {
    const runtime = await loadRuntime()
    let session: Session
    try { session = await runtime.InferenceSession.create(bytes, OPTIONS) } catch (error) { return refuse('file', `is not read by onnxruntime: ${(error as Error).message}`) }
    const { inputs, feeds } = readInputs(session.inputMetadata, runtime)
    const chosen = chooseOutput(session.outputMetadata)
    const ask = async (vectors: Parameters<Model['predict']>[0]): Promise<Awaited<ReturnType<Session['run']>>[string]> => (await session.run(feeds(vectors), [chosen.name]))[chosen.name]
    // Its shape may have names in place of sizes: one row says what they are.
    const probe = await ask([inputs.map(({ type }) => (type === 'category' ? '' : 0))]).catch((error: Error) => refuse('file', `does not answer one row of zeros: ${error.message}`))
    const { task, outputs, read } = readMeaning(chosen, probe)
    const width = outputs.length
    return {
      format: 'onnx', task, link: 'identity', digest, inputs, outputs,
      async predict(vectors): Promise<Scores> {
        const raw = new Float64Array(vectors.length * width)
        if (vectors.length > 0) read(await ask(vectors), vectors.length, raw)
        return { width, raw, output: raw.slice() }
      },
      async explain() {
        throw new SlipwayError('invalid_request', 'An ONNX model is computed by onnxruntime, which does not say what each input contributes.', { remedy: 'Ask for predictions without explanations, or serve the model in the file format of its own library (LightGBM, XGBoost).' })
      },
    }
  },
}
