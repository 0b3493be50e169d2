import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson, parseJsonText, stringifyJson } from './json.ts'

const code = (text: string): string => { try { parseJsonText(text); return 'taken' } catch (e) { return (e as { code: string }).code } }

/** Whole numbers beyond 2^53 that are written as digits. */
function exactly(value: unknown): unknown {
  if (typeof value === 'number') return !Number.isSafeInteger(value) && /^-?\d+$/.test(JSON.stringify(value)) ? BigInt(JSON.stringify(value)) : value
  if (Array.isArray(value)) return value.map(exactly)
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, exactly(v)])) : value
}

describe('parseJson', () => {
  it.each([
    ['', 'not json'], ['', '{"a":1,}'], ['', '{"a":NaN}'], ['', '{"a":1e999}'], ['', '{"a":1,"a":2}'], ['', '{"a":{"b":1,"\\u0062":2}}'],
    ['', '{"__proto__":{"x":1}}'], ['', '{"a":"\\ud800"}'], ['', '{"\\udc00":1}'], ['', '['.repeat(2000) + ']'.repeat(2000)], ['', '{"a":'.repeat(2000)],
    ['', '"'], ['', '{"a'], ['', ''],
  ])('%s refuses %s', (_, text) => { expect(code(text)).toBe('invalid_json') })

  it('refuses bytes that are not UTF-8, and nothing at all', () => {
    expect(() => parseJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow('UTF-8')
    expect(() => parseJson(Buffer.alloc(0))).toThrow('empty')
  })

  it('names what occurs twice', () => { expect(() => parseJsonText('[{"a":{"x":":"},"b:":[1,"a"],"b:":2}]')).toThrow('"b:" twice') })

  it('takes what JSON.stringify writes, as it was', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), value => {
      const text = JSON.stringify(value)
      if (!JSON.stringify(JSON.parse(text)).includes('__proto__') && !/\\ud[89a-f]/.test(text)) expect(parseJsonText(text)).toEqual(exactly(JSON.parse(text)))
    }))
  })

  it('never throws anything else, whatever the text', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', '1', 'a') })), text => {
      expect(['taken', 'invalid_json']).toContain(code(text))
    }))
  })
})

it('writes an int64 as the integer that it is', () => { expect(stringifyJson({ a: 9007199254740993n })).toBe('{"a":9007199254740993}') })
