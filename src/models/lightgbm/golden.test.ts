import { describe, expect, test } from 'vitest'
import { firstDifference, openGolden } from '../golden.fixture.ts'
import { isNative, loadModel, type NativeModel } from '../index.ts'

const golden = openGolden('lightgbm')

describe.each(golden.head.cases)('LightGBM: $name', one => {
  const vectors = golden.vectors(one)
  const open = async (): Promise<NativeModel> => {
    const model = await loadModel(golden.file(one.files[0]))
    if (!isNative(model)) throw new Error('not native')
    return model
  }

  test('raw scores of 5,000 rows are equal to the bit, outputs to 1e-15', async () => {
    const model = await open()
    expect(model).toMatchObject({ format: 'lightgbm-text', inputs: golden.head.columns.map((name, i) => ({ name, type: one.pandas && (i === 5 || i === 6) ? 'category' : 'float64' })) })
    const { width, raw, output } = model.scoreBatch(vectors)
    expect(width).toBe(one.width)
    expect(model.outputs.length).toBe(width)
    const place = firstDifference(raw, golden.numbers(one.raw))
    expect(place, place < 0 ? '' : `row ${Math.floor(place / width)}: ${raw[place]} and ${golden.numbers(one.raw)[place]}; ${JSON.stringify(vectors[Math.floor(place / width)])}`).toBe(-1)
    golden.numbers(one.output).forEach((wanted, i) => {
      if (Object.is(output[i], wanted)) return
      expect(Math.abs(output[i] - wanted) / Math.abs(wanted), `output ${i}: ${output[i]} and ${wanted}`).toBeLessThan(1e-15)
    })
    if (!one.pandas) {
      // The flat way, of numbers alone.
      const flat = Float64Array.from(vectors.flat(), v => (v === null ? Number.NaN : v as number))
      const into = { raw: new Float64Array(raw.length), output: new Float64Array(raw.length) }
      model.encodeNumbers(flat)
      model.scoreEncoded(flat, vectors.length, into)
      expect([firstDifference(into.raw, raw), firstDifference(into.output, output)]).toEqual([-1, -1])
    }
    const row = model.scoreRow(vectors[1234])
    expect([row.raw, row.output]).toEqual([raw[1234 * width], output[1234 * width]])
  })

  test('contributions are those of pred_contrib to 1e-12, and add up; linear trees have none', async () => {
    const model = await open()
    const rows = golden.explained.map(r => vectors[r])
    if (one.contributions === null) {
      await expect(model.explain(rows)).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('linear_tree') as string })
      return
    }
    const { width, base, raw, contributions } = await model.explain(rows)
    const wanted = golden.numbers(one.contributions)
    const size = model.inputs.length
    const scale = wanted.reduce((most, v) => Math.max(most, Math.abs(v)), 1)
    for (let i = 0; i < rows.length * width; i++) {
      const of = contributions.subarray(i * size, (i + 1) * size)
      of.forEach((c, k) => { expect(Math.abs(c - wanted[i * (size + 1) + k]), `score ${i}, input ${k}`).toBeLessThan(1e-12 * scale) })
      expect(Math.abs(base[i % width] - wanted[i * (size + 1) + size])).toBeLessThan(1e-12 * scale)
      expect(Math.abs(of.reduce((a, b) => a + b, base[i % width]) - raw[i])).toBeLessThan(1e-12 * scale)
    }
  })
})
