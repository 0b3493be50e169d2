import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lastValuesText } from './last-values.ts'

describe('the text of last values', () => {
  it('has one form for each value', () => {
    expect(lastValuesText([])).toBe('[]')
    expect(lastValuesText([0.1, 1e21, 5e-7, 3, 1_364_774_400_000_001])).toBe('[0.1,1e+21,5e-7,3,1364774400000001]')
    expect(lastValuesText([9223372036854775807n, -9223372036854775808n, 9007199254740991])).toBe('[9223372036854775807,-9223372036854775808,9007199254740991]')
    expect(lastValuesText(['a"b', 'c\\d', '\n\u0001', 'é', '', true, false])).toBe(String.raw`["a\"b","c\\d","\n\u0001","é","",true,false]`)
  })

  it('is JSON that reads back', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }).map(x => x || 0), fc.string({ unit: 'binary' }), fc.boolean())), values => {
      expect(JSON.parse(lastValuesText(values))).toEqual(values)
    }))
  })
})
