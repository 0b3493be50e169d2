import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { expSingle, logSingle, sigmoidSingle, singleBefore } from './single.ts'

const golden = JSON.parse(readFileSync(new URL('../../test/golden/libm.json', import.meta.url), 'utf8')) as { expf: string; logf: string }

test.each([['expf', expSingle], ['logf', logSingle]] as const)('%s: the bits of the C library', (name, f) => {
  const bytes = Buffer.from(golden[name], 'hex')
  expect(bytes.length).toBeGreaterThan(8 * 3000)
  for (let i = 0; i < bytes.length; i += 8) {
    const x = bytes.readFloatBE(i)
    expect(f(x), `${name}(${x})`).toBe(bytes.readFloatBE(i + 4))
  }
})

test('edges', () => {
  expect([expSingle(Number.NaN), logSingle(Number.NaN), logSingle(-1)]).toEqual([Number.NaN, Number.NaN, Number.NaN])
  expect([sigmoidSingle(0), sigmoidSingle(Infinity), sigmoidSingle(200)]).toEqual([0.5, 1, 1])
  // XGBoost stops e^88.7 from overflowing, so it is never 0.
  expect(sigmoidSingle(-Infinity)).toBeGreaterThan(0)
  for (const x of [1, -1, 0.1, 5e-39, -5e-39, 3.4028234663852886e38, Infinity]) {
    const single = Math.fround(x)
    const before = singleBefore(single)
    expect(before).toBeLessThan(single)
    expect(Math.fround(before)).toBe(before)
    // Nothing is between them.
    if (Number.isFinite(single)) expect([before, single]).toContain(Math.fround((before + single) / 2))
  }
  expect(singleBefore(0)).toBe(-1.401298464324817e-45)
  expect(singleBefore(-Infinity)).toBeNaN()
})
