// What needs no onnxruntime; test/integration/onnx.ts runs real files in the real one.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readInputs } from './inputs.ts'
import { chooseOutput, readMeaning } from './outputs.ts'
import { loadRuntime, type Runtime, type Tensor, type ValueMetadata } from './runtime.ts'

class PlainTensor implements Tensor {
  readonly type: string
  readonly data: Tensor['data']
  readonly dims: readonly number[]
  constructor(type: string, data: Tensor['data'], dims: readonly number[]) { this.type = type; this.data = data; this.dims = dims }
}
const runtime: Runtime = { Tensor: PlainTensor, InferenceSession: { create: () => Promise.reject(new Error('none')) } }
const tensor = (name: string, type: string, ...shape: (number | string)[]): ValueMetadata => ({ name, isTensor: true, type, shape })
const refusal = (message: string): object => expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(message) as string }) as object

test('one matrix: as many inputs as it has columns, missing is NaN', () => {
  const { inputs, feeds } = readInputs([tensor('X', 'float32', 'N', 2)], runtime)
  expect(inputs).toEqual([{ name: 'X_0', type: 'float64' }, { name: 'X_1', type: 'float64' }])
  expect(feeds([[1, null], [true, 0.1]])).toEqual({ X: new PlainTensor('float32', Float32Array.of(1, Number.NaN, 1, 0.1), [2, 2]) })
})

test('one tensor a column, of its own type', () => {
  const { inputs, feeds } = readInputs([tensor('a', 'float64', 'N', 1), tensor('b', 'int64', -1, 1), tensor('c', 'bool', 'N'), tensor('d', 'string', '', 1), tensor('e', 'int32', 'N', 1)], runtime)
  expect(inputs.map(i => i.type)).toEqual(['float64', 'float64', 'float64', 'category', 'float64'])
  expect(feeds([[0.5, 3n, true, 'x', 7], [null, -1, false, null, -7]])).toEqual({
    a: new PlainTensor('float64', Float64Array.of(0.5, Number.NaN), [2, 1]), b: new PlainTensor('int64', BigInt64Array.of(3n, -1n), [2, 1]), c: new PlainTensor('bool', Uint8Array.of(1, 0), [2]),
    d: new PlainTensor('string', ['x', ''], [2, 1]), e: new PlainTensor('int32', Int32Array.of(7, -7), [2, 1]),
  })
  expect(() => feeds([[1, null, true, 'x', 1]])).toThrow(expect.objectContaining({ code: 'wrong_type', message: expect.stringContaining('b must be a whole number') as string }) as Error)
  expect(() => feeds([[1, 1, true, 5, 1]])).toThrow(expect.objectContaining({ code: 'wrong_type' }) as Error)
})

test('inputs that rows cannot fill are refused, with what to do', () => {
  const refused: [ValueMetadata[], string][] = [
    [[], 'inputs'], [[tensor('X', 'float32', 'N', 'M')], 'fixed second dimension'], [[tensor('X', 'float32', 5, 2)], 'free first dimension'], [[tensor('X', 'float32', 'N', 2, 2)], '3 dimensions'],
    [[tensor('X', 'float16', 'N', 2)], 'float16'], [[tensor('X', 'string', 'N', 2)], 'one input a column'], [[tensor('a', 'float32', 'N', 1), tensor('b', 'float32', 'N', 2)], 'one column'], [[{ name: 'm', isTensor: false }], 'no tensor'],
  ]
  for (const [metadata, message] of refused) expect(() => readInputs(metadata, runtime)).toThrow(refusal(message))
})

test('outputs: probabilities beside labels, values, and maps that are refused', () => {
  expect(chooseOutput([tensor('label', 'int64', 'N'), tensor('scores', 'float32', 'N', 2)])).toEqual({ name: 'scores', classifier: true })
  expect(chooseOutput([tensor('probabilities', 'float32', 'N', 3)])).toEqual({ name: 'probabilities', classifier: true })
  expect(chooseOutput([tensor('variable', 'float32', 'N', 1)])).toEqual({ name: 'variable', classifier: false })
  expect(() => chooseOutput([tensor('label', 'int64', 'N'), { name: 'output_probability', isTensor: false }])).toThrow(refusal('zipmap'))
  expect(() => chooseOutput([tensor('label', 'int64', 'N')])).toThrow(refusal('float32'))
  expect(() => chooseOutput([tensor('a', 'float32', 'N', 1), tensor('b', 'float32', 'N', 1)])).toThrow(refusal('one tensor'))

  const answer = (...dims: number[]): Tensor => new PlainTensor('float32', Float64Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => i), dims)
  const into = (width: number): Float64Array => new Float64Array(2 * width)
  const read = (classifier: boolean, tensorOf: Tensor): [string, number[]] => {
    const meaning = readMeaning({ name: 'p', classifier }, tensorOf)
    const scores = into(meaning.outputs.length)
    meaning.read(tensorOf, 2, scores)
    return [meaning.task, [...scores]]
  }
  expect(read(true, answer(2, 2))).toEqual(['binary', [1, 3]])
  expect(read(true, answer(2, 1))).toEqual(['binary', [0, 1]])
  expect(read(true, answer(2, 3))).toEqual(['multiclass', [0, 1, 2, 3, 4, 5]])
  expect(read(false, answer(2))).toEqual(['regression', [0, 1]])
  expect(read(false, answer(2, 2))).toEqual(['regression', [0, 1, 2, 3]])
  expect(() => readMeaning({ name: 'p', classifier: true }, answer(2, 2)).read(answer(3, 2), 2, into(1))).toThrow(refusal('3 × 2'))
  expect(() => readMeaning({ name: 'p', classifier: true }, answer(2, 2, 2))).toThrow(refusal('3 dimensions'))
})

test('without the package the error names the line that installs it', async () => {
  await expect(loadRuntime(mkdtempSync(join(tmpdir(), 'slipway-onnx-')))).rejects.toMatchObject({ code: 'invalid_config', remedy: expect.stringContaining('npm install onnxruntime-node@1') as string })
})
