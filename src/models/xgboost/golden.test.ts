import { describe, expect, test } from 'vitest'
import { firstDifference, openGolden } from '../golden.fixture.ts'
import { isNative, loadModel, type NativeModel } from '../index.ts'

const golden = openGolden('xgboost')

/** softmax answers the class alone; here are the probabilities that it was chosen by. */
const CLASS_ONLY = 'softmax'

describe.each(golden.head.cases)('XGBoost: $name', one => {
  const vectors = golden.vectors(one)
  const open = async (file = one.files[0]): Promise<NativeModel> => {
    const model = await loadModel(golden.file(file))
    if (!isNative(model)) throw new Error('not native')
    return model
  }

  test('raw scores and outputs of 5,000 rows are equal to the bit, from every file', async () => {
    for (const file of one.files) {
      const model = await open(file)
      expect(model).toMatchObject({
        format: file.endsWith('.ubj.gz') ? 'xgboost-ubjson' : 'xgboost-json',
        inputs: golden.head.columns.map((name, i) => ({ name, type: one.pandas && (i === 5 || i === 6) ? 'category' : 'float64' })),
      })
      const { width, raw, output } = model.scoreBatch(vectors)
      expect(width).toBe(one.width)
      const place = firstDifference(raw, golden.numbers(one.raw))
      expect(place, place < 0 ? '' : `${file}, row ${Math.floor(place / width)}: ${raw[place]} and ${golden.numbers(one.raw)[place]}; ${JSON.stringify(vectors[Math.floor(place / width)])}`).toBe(-1)
      if (!one.pandas) {
        // The flat way, of numbers alone.
        const flat = Float64Array.from(vectors.flat(), v => (v === null ? Number.NaN : v as number))
        const into = { raw: new Float64Array(raw.length), output: new Float64Array(raw.length) }
        model.encodeNumbers(flat)
        model.scoreEncoded(flat, vectors.length, into)
        expect([firstDifference(into.raw, raw), firstDifference(into.output, output)]).toEqual([-1, -1])
      }
      const wanted = golden.numbers(one.output)
      if (one.name === CLASS_ONLY) wanted.forEach((label, r) => { expect(output[r * width + label]).toBe(Math.max(...output.subarray(r * width, (r + 1) * width))) })
      else {
        const at = firstDifference(output.subarray(0, wanted.length), wanted)
        expect(at, at < 0 ? '' : `${file}, output ${at}: ${output[at]} and ${wanted[at]} of raw ${raw[at]}`).toBe(-1)
      }
    }
  })

  test('contributions are those of the definition over all subsets, to 1e-12, and add up to single precision', async () => {
    const model = await open()
    const rows = golden.explained.map(r => vectors[r])
    const { width, base, raw, contributions, method } = await model.explain(rows)
    const size = model.inputs.length
    const wanted = one.contributions === null ? null : golden.numbers(one.contributions)
    const scale = contributions.reduce((most, v) => Math.max(most, Math.abs(v)), 1)
    const tolerance = method === 'linear' ? 2e-7 : 1e-12
    for (let i = 0; i < rows.length * width; i++) {
      const of = contributions.subarray(i * size, (i + 1) * size)
      if (wanted !== null) of.forEach((c, k) => { expect(Math.abs(c - wanted[i * (size + 1) + k]), `score ${i}, input ${k}: ${c} and ${wanted[i * (size + 1) + k]}`).toBeLessThan(tolerance * scale) })
      expect(Math.abs(of.reduce((a, b) => a + b, base[i % width]) - raw[i])).toBeLessThan(1e-5 * scale)
    }
  })
})
