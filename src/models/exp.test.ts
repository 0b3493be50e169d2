import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exactExp } from './exact-exp.ts'
import { exp, log, log1pExp, sigmoid } from './exp.ts'

const BITS = 300n
const ONE = 1n << BITS

/** x as a fraction of 2^BITS, exact for |x| ≥ 2^-240. */
function fixed(x: number): bigint {
  let shift = 0
  while (!Number.isInteger(x)) { x *= 2; shift++ }
  return (BigInt(x) << BITS) >> BigInt(shift)
}

/** e^x by halving and Taylor's series; 2^BITS is 1. */
function oracle(x: bigint): bigint {
  let term = ONE
  let sum = ONE
  const small = x >> 20n
  for (let n = 1n; term !== 0n && n < 60n; n++) { term = ((term * small) >> BITS) / n; sum += term; if (term === -1n) break }
  for (let i = 0; i < 20; i++) sum = (sum * sum) >> BITS
  return sum
}

function ulp(x: number): number {
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), -1022)
  return 2 ** Math.max(exponent - 52, -1074)
}

/** |value − exact| in units in the last place. */
function errorInUlp(value: number, exact: bigint): number {
  return Math.abs(Number(((fixed(value) - exact) << 20n) / fixed(ulp(value)))) / 2 ** 20
}

const golden = JSON.parse(readFileSync(new URL('../../test/golden/exp.json', import.meta.url), 'utf8')) as { pairs: string[] }
const doubleOf = (hex: string): number => Buffer.from(hex, 'hex').readDoubleBE()

test('exp is correctly rounded: golden values, among them the hardest of 20 million', () => {
  expect(golden.pairs.length).toBeGreaterThan(5000)
  for (const pair of golden.pairs) {
    const x = doubleOf(pair.slice(0, 16))
    const wanted = doubleOf(pair.slice(16))
    expect(exp(x), `exp(${x})`).toBe(wanted)
    expect(exactExp(x), `exactExp(${x})`).toBe(wanted)
  }
})

test('exp is what whole numbers give', () => {
  fc.assert(fc.property(fc.double({ min: -745, max: 709, noNaN: true }), x => { expect(exp(x)).toBe(exactExp(x)) }), { numRuns: 2000 })
  fc.assert(fc.property(fc.double({ min: -1, max: 1, noNaN: true }), x => { expect(exp(x)).toBe(exactExp(x)) }), { numRuns: 2000 })
  fc.assert(fc.property(fc.double({ min: -100, max: 700, noNaN: true }), x => {
    if (Math.abs(x) < 1e-40) return
    expect(errorInUlp(exp(x), oracle(fixed(x)))).toBeLessThanOrEqual(0.5)
  }), { numRuns: 500 })
})

test('ln(1 + e^x) is within 1e-15 of itself', () => {
  for (let i = -300; i <= 300; i++) {
    const x = i / 7
    const u = exp(x)
    const wanted = u < 1e-3 ? u - u * u / 2 + u ** 3 / 3 - u ** 4 / 4 + u ** 5 / 5 - u ** 6 / 6 : x > 40 ? x : Math.log1p(u)
    expect(Math.abs(log1pExp(x) / wanted - 1)).toBeLessThan(1e-15)
  }
  expect([log1pExp(800), log1pExp(-800), log1pExp(-Infinity)]).toEqual([800, 0, 0])
})

test('log is within 1 unit in the last place', () => {
  fc.assert(fc.property(fc.double({ min: 1e-30, max: 1e30, noNaN: true }), x => {
    const y = log(x)
    if (y === 0) { expect(x).toBe(1); return }
    // e^y against x: a relative error d in x is an absolute error d in y.
    const back = oracle(fixed(y))
    const difference = Number(((back - fixed(x)) << 80n) / fixed(x)) / 2 ** 80
    expect(Math.abs(difference) / ulp(y)).toBeLessThan(1)
  }), { numRuns: 1500 })
})

test('edges of exp, log and sigmoid', () => {
  expect([exp(0), exp(-0), exp(Infinity), exp(-Infinity), exp(709.782712893384), exp(709.7827128933841), exp(-746), exp(-745.13)]).toEqual([1, 1, Infinity, 0, 1.7976931348622732e308, Infinity, 0, 5e-324])
  expect(exp(Number.NaN)).toBeNaN()
  expect([log(1), log(0), log(Infinity)]).toEqual([0, -Infinity, Infinity])
  expect([log(-1), log(Number.NaN)]).toEqual([Number.NaN, Number.NaN])
  expect(log(5e-324)).toBe(-744.4400719213812)
  expect([sigmoid(0), sigmoid(800), sigmoid(-800)]).toEqual([0.5, 1, 0])
})

test('the same bits as recorded', () => {
  const view = new DataView(new ArrayBuffer(8))
  let hash = 0
  for (let i = -4000; i <= 4000; i++) {
    for (const v of [exp(i / 7), log(1 + (i + 4001) / 13)]) {
      view.setFloat64(0, v)
      hash = (Math.imul(hash, 31) + view.getInt32(0) + Math.imul(view.getInt32(4), 7)) | 0
    }
  }
  expect(hash).toBe(RECORDED)
})

/** Any change here changes what stored predictions replay to. */
const RECORDED = 1149036668
