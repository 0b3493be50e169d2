import { describe, expect, it } from 'vitest'
import type { ColumnType, Value } from '../../core/schema.ts'
import { tableFromRows } from '../../core/table.ts'
import type { ColumnFacts } from '../../data/index.ts'
import { chooseInputs, type InputRequest } from './choose-inputs.ts'
import { guessKeys, keyOf } from './guess-key.ts'
import { guessTargets, isConfident, likelyTrue, outcomeOf } from './guess-target.ts'
import { guessTimes } from './guess-time.ts'
import { camel, onDemandText } from './on-demand-text.ts'
import { inComment, literalOf, quote } from './source-text.ts'

const ROWS = 1_000

function column(name: string, type: ColumnType, more: Partial<ColumnFacts> = {}): ColumnFacts {
  return { name, original: name, type, reading: { as: 'is' }, missing: 0, unreadable: 0, unreadableExamples: [], distinct: 500, values: [], low: null, high: null, middle: null, length: 10, dateOnly: false, ...more }
}
const two = (name: string, a: Value, b: Value): ColumnFacts => column(name, typeof a === 'boolean' ? 'boolean' : typeof a === 'number' ? 'int64' : 'string', { distinct: 2, values: [{ value: a, rows: 700 }, { value: b, rows: 300 }] })

describe('the target', () => {
  it('is the column of two values that is named like one, else the last', () => {
    const names = (columns: ColumnFacts[]): string[] => guessTargets(columns).map(g => g.column.name)
    expect(names([two('sex', 'm', 'f'), two('churned', 'no', 'yes'), column('age', 'int64'), two('partner', false, true)])).toEqual(['churned', 'partner', 'sex'])
    expect(names([two('sex', 'm', 'f'), two('smoker', 0, 1)])).toEqual(['smoker', 'sex'])
    expect(isConfident(guessTargets([two('sex', 'm', 'f'), two('left', 0, 1), column('x', 'float64')]))).toBe(true)
    expect(isConfident(guessTargets([two('sex', 'm', 'f'), two('urban', 0, 1), column('x', 'float64')]))).toBe(false)
    expect(isConfident([])).toBe(false)
  })

  it.each<[Value, Value, Value]>([[false, true, true], [0, 1, 1], [2, 1, 2], ['No', 'Yes', 'Yes'], ['Fully Paid', 'Charged Off', 'Charged Off'], ['good', 'bad', 'bad'], ['<=50K', '>50K', '>50K'], ['a', 'b', 'b'], ['Existing', 'Attrited', 'Attrited'], ['M', 'B', 'B']])('of %j and %j, %j makes it true', (a, b, value) => {
    expect(likelyTrue(two('y', a, b))).toBe(value)
  })

  it('takes a value or a limit, and says what else there is', () => {
    const three = column('grade', 'string', { distinct: 3, values: ['a', 'b', 'c'].map(value => ({ value, rows: 300 })) })
    expect(outcomeOf(three, { positive: 'B' })).toEqual({ column: 'grade', equals: 'b' })
    expect(() => outcomeOf(three, {})).toThrow('has 3 values')
    expect(outcomeOf(column('price', 'float64', { low: 0, high: 9, middle: 4 }), { above: 4.5 })).toEqual({ column: 'price', above: 4.5 })
    expect(() => outcomeOf(column('price', 'float64', { low: 0, high: 9, middle: 4 }), { above: 9 })).toThrow('one class only')
    expect(() => outcomeOf(column('at', 'timestamp'), {})).toThrow('is a time')
    expect(outcomeOf(two('late', false, true), { positive: 'no' })).toEqual({ column: 'late', equals: false })
  })
})

it('the time is what begins, not what ends, and no birthday', () => {
  const at = (name: string, middle: number, more: Partial<ColumnFacts> = {}): ColumnFacts => column(name, 'timestamp', { middle, ...more })
  const names = (columns: ColumnFacts[]): string[] => guessTimes(columns, ROWS).map(c => c.name)
  expect(names([at('delivered_at', 5), at('order_date', 3), at('date_of_birth', 1), at('last_login', 2)])).toEqual(['order_date', 'delivered_at', 'last_login'])
  expect(names([at('second', 4), at('first', 3), at('empty', 1, { missing: 900 }), column('age', 'int64')])).toEqual(['first', 'second'])
})

it('a key is unique and named like one, or counts the rows', () => {
  const names = (columns: ColumnFacts[]): string[] => guessKeys(columns, ROWS).map(c => c.name)
  expect(names([column('amount', 'int64', { distinct: ROWS, low: 5, high: 9e6 }), column('customer_id', 'string', { distinct: 980 }), column('row', 'int64', { distinct: ROWS, low: 1, high: ROWS }), column('order_id', 'string', { distinct: ROWS }), column('x', 'float64', { distinct: ROWS })])).toEqual(['order_id', 'customer_id', 'row'])
  expect(keyOf(column('customer_id', 'string', { distinct: 980 }), ROWS).note).toContain('comes again in 20 rows')
  expect(() => keyOf(column('x', 'float64'), ROWS)).toThrow('a key is text or a whole number')
})

describe('the inputs', () => {
  const DAY = 86_400_000_000
  const START = 1_700_000_000_000_000
  const sample = tableFromRows(
    [{ name: 'y', type: 'boolean' }, { name: 'at', type: 'timestamp' }, { name: 'id', type: 'string' }, { name: 'born', type: 'timestamp' }, { name: 'closed', type: 'timestamp' }, { name: 'copy', type: 'string' }, { name: 'score', type: 'float64' }, { name: 'after', type: 'float64' }, { name: 'same', type: 'string' }, { name: 'notes', type: 'string' }],
    Array.from({ length: ROWS }, (_, i) => {
      const y = i % 20 === 0 ? null : (i * 7_919) % 10 < 4
      return { y, at: START + i * DAY, id: `k${i}`, born: START - i * 9 * DAY, closed: START + (i + 30) * DAY, copy: y === true ? 'gone' : 'here', score: (i * 104_729) % 97, after: y === null ? null : (i * 31) % 13, same: 'x', notes: `note ${i}` }
    }))
  const facts = [
    two('y', false, true), column('at', 'timestamp', { low: START, high: START + ROWS * DAY, dateOnly: false }), column('id', 'string', { distinct: ROWS }), column('born', 'timestamp'), column('closed', 'timestamp'),
    two('copy', 'here', 'gone'), column('score', 'float64', { distinct: 97 }), column('after', 'float64', { distinct: 13, missing: 50 }), column('same', 'string', { distinct: 1, values: [{ value: 'x', rows: ROWS }] }), column('notes', 'string', { distinct: ROWS }),
  ]
  const request: InputRequest = { columns: facts, rows: ROWS, sample, outcome: { column: 'y', equals: true }, time: { column: 'at' }, key: 'id', knownAt: null, include: [], exclude: [] }

  it('are what is known in time and says something', () => {
    const { inputs, derived, leftOut } = chooseInputs(request)
    expect(inputs.map(i => [i.name, i.model])).toEqual([['born', false], ['score', true], ['at', false]])
    expect(derived.map(d => d.name)).toEqual(['born_days_before', 'at_hour', 'at_weekday', 'at_month'])
    expect(leftOut.filter(l => l.leak).map(l => [l.name, l.why.slice(0, 28)])).toEqual([['closed', 'lies after the time in 100 %'], ['copy', 'says nearly all about the ou'], ['after', 'is missing where the outcome']])
    expect(leftOut.filter(l => !l.leak).map(l => l.name)).toEqual(['id', 'same', 'notes'])
  })

  it('may be overruled', () => {
    const { inputs, leftOut, warnings } = chooseInputs({ ...request, include: ['copy'], exclude: ['score'] })
    expect(inputs.map(i => i.name)).toContain('copy')
    expect(leftOut).toContainEqual({ name: 'score', why: 'left out by --exclude', leak: false })
    expect(warnings).toEqual([expect.stringContaining('copy alone ranks the outcome with AUC 1.000')])
  })

  it('are made of times by functions that say what they are', () => {
    const { derived } = chooseInputs(request)
    const text = onDemandText({ derived }) ?? ''
    expect(text).toContain('export function bornDaysBefore(input: { born: Time; at: Time })')
    expect(camel('at_2_hour')).toBe('at2Hour')
    expect(onDemandText({ derived: [] })).toBeNull()
  })
})

it('text in a program is one literal, and a comment is one line', () => {
  for (const text of ["it's", 'a "b"', 'back\\slash', 'two\nlines', '${x} `y`', '東京', '\u2028']) {
    expect(new Function(`return ${quote(text)}`)()).toBe(text)
    expect(inComment(text)).not.toMatch(/[\n\r\u2028]/)
  }
  expect(literalOf({ a: [1, 'x'], 'b-c': undefined, 'd-e': true })).toBe("{ a: [1, 'x'], 'd-e': true }")
})
