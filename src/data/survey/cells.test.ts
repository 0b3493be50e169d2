import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../../adapters/engines/duckdb/index.ts'
import type { Engine, EngineSession } from '../../core/ports/engine.ts'
import type { Value } from '../../core/schema.ts'
import { tableFromRows, tableRows } from '../../core/table.ts'
import { formatTime, parseTime } from '../../core/time.ts'
import { chooseReading } from './choose-reading.ts'
import { cleanTable } from './clean-table.ts'
import { nameColumns } from './column-name.ts'
import { readingSql, type Reading } from './reading.ts'

let engine: Engine
let session: EngineSession
beforeAll(async () => { engine = await openDuckdb({ memory: '1GB' }); session = await engine.connect() })
afterAll(async () => { await engine.close() })

const COLUMN = { original: 'x', kind: 'text', sqlType: 'VARCHAR' } as const

async function load(cells: readonly (string | null)[]): Promise<void> {
  await session.load('raw', tableFromRows([{ name: 'n', type: 'int64' }, { name: 'c0', type: 'string' }], cells.map((c0, n) => ({ n, c0 }))))
}

/** Values of cells under a reading. */
async function read(cells: readonly (string | null)[], reading: Reading): Promise<Value[]> {
  await load(cells)
  const { text, nothing, value, checked } = readingSql(reading, 'text', 'c0')
  const found = await session.query(`SELECT ${checked('v')} AS v FROM (SELECT n, CASE WHEN NOT ${nothing('t')} THEN ${value('t')} END AS v FROM (SELECT n, ${text} AS t FROM raw)) ORDER BY n`)
  return tableRows(found).map(r => r.v)
}

async function choose(cells: readonly (string | null)[], name = 'x'): Promise<Reading> {
  await load(cells)
  return chooseReading(session, COLUMN, 0, name, cells.length, false)
}

const many = (make: (i: number) => string, n = 60): string[] => Array.from({ length: n }, (_, i) => make(i))

describe('numbers', () => {
  const WAYS: ((text: string, grouped: (mark: string, decimal: string) => string) => string)[] = [
    text => text, text => ` ${text}\u00a0`, (_, g) => g(',', '.'), (_, g) => `$${g(',', '.')}`, (_, g) => `€ ${g('.', ',')}`, (_, g) => g('\u202f', ','), (_, g) => g("'", '.'), (_, g) => `${g(' ', ',')} %`, (_, g) => `USD ${g(',', '.')}`, (_, g) => `${g(',', '.')} EUR`,
  ]
  it('read back as they were, however they are written', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: -9_999_999, max: 9_999_999 }), fc.constantFrom(...WAYS)), { minLength: 1, maxLength: 40 }), async pairs => {
      const cells = pairs.map(([cents, write]) => {
        const negative = cents < 0 ? '-' : ''
        const [whole, rest] = [String(Math.floor(Math.abs(cents) / 100)), String(Math.abs(cents) % 100).padStart(2, '0')]
        return `${negative}${write(`${whole}.${rest}`, (mark, decimal) => `${whole.replace(/\B(?=(\d{3})+$)/g, mark)}${decimal}${rest}`)}`
      })
      // Two decimals never look like a group of three: both decimal marks can be told apart cell by cell.
      for (const decimal of ['.', ','] as const) expect(await read(cells, { as: 'number', decimal })).toEqual(pairs.map(([cents]) => cents / 100 + 0))
    }), { numRuns: 40 })
  })

  it.each<[string, Reading, Value]>([
    ['1,234', { as: 'number', decimal: '.' }, 1234], ['1,234', { as: 'number', decimal: ',' }, 1.234], ['1.234', { as: 'number', decimal: ',' }, 1234], ['(1,234.50)', { as: 'number', decimal: '.' }, -1234.5], ['12-', { as: 'number', decimal: '.' }, -12],
    ['−7', { as: 'number', decimal: '.' }, -7], ['1e5', { as: 'number', decimal: '.' }, 100_000], ['Rs. 1,00,000', { as: 'number', decimal: '.' }, null], ['12,34,56.x', { as: 'number', decimal: '.' }, null], ['--5', { as: 'number', decimal: '.' }, null], ['1e999', { as: 'number', decimal: '.' }, null],
    ['Infinity', { as: 'number', decimal: '.' }, null], ['-', { as: 'number', decimal: '.' }, null], ['12 kg', { as: 'number', decimal: '.', unit: 'kg' }, 12], ['12 lb', { as: 'number', decimal: '.', unit: 'kg' }, null], ['14:30', { as: 'clock' }, 14.5], ['2:15 PM', { as: 'clock' }, 14.25],
    ['1700000000', { as: 'epoch', unit: 's' }, 1_700_000_000_000_000], ['oui', { as: 'boolean' }, true], ['perhaps', { as: 'boolean' }, null], ['none', { as: 'text' }, 'none'], ['n/a', { as: 'text' }, null], ['two  words\n', { as: 'text' }, 'two words'],
  ])('%s', async (cell, reading, value) => { expect(await read([cell], reading)).toEqual([value]) })
})

describe('times', () => {
  const pad = (n: number): string => String(n).padStart(2, '0')
  const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
  const WAYS: Record<string, (d: Date) => string> = {
    iso: d => d.toISOString(), 'iso day': d => d.toISOString().slice(0, 10), 'german': d => `${d.getUTCDate()}.${d.getUTCMonth() + 1}.${d.getUTCFullYear()}`, 'british': d => `${pad(d.getUTCDate())}/${pad(d.getUTCMonth() + 1)}/${d.getUTCFullYear()} ${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}`,
    'american': d => `${d.getUTCMonth() + 1}/${d.getUTCDate()}/${d.getUTCFullYear()} ${d.getUTCHours() % 12 || 12}:${pad(d.getUTCMinutes())} ${d.getUTCHours() < 12 ? 'AM' : 'PM'}`, 'short': d => `${d.getUTCDate()}-${MONTHS[d.getUTCMonth()]}-${pad(d.getUTCFullYear() % 100)}`, 'words': d => `${MONTHS[d.getUTCMonth()]} ${d.getUTCDate()}, ${d.getUTCFullYear()}`,
  }
  it.each(Object.keys(WAYS))('%s are recognised, and read back to what they say', async way => {
    await fc.assert(fc.asyncProperty(fc.array(fc.date({ min: new Date('1971-01-01T00:00:00Z'), max: new Date('2060-01-01T00:00:00Z'), noInvalidDate: true }), { minLength: 40, maxLength: 80 }), async dates => {
      // One of them says for sure which is the day.
      const all = [...dates, new Date('2001-12-31T13:05:00Z')]
      const cells = all.map(WAYS[way])
      const reading = await choose(cells)
      expect(reading).toMatchObject({ as: 'time' })
      const step = way === 'iso' ? 1 : way === 'british' || way === 'american' ? 60_000 : 86_400_000
      const expected = all.map(d => Math.floor(d.getTime() / step) * step * 1_000)
      expect(await read(cells, reading)).toEqual(way === 'short' ? expected.map(t => (Number(formatTime(t).slice(0, 4)) >= 2069 ? expect.any(Number) as unknown : t)) : expected)
    }), { numRuns: 5 })
  })

  it('marks for never are no times', async () => {
    expect(await read(['9999-12-31', '0001-01-01', 'infinity', '2024-02-30', '2024-02-29'], { as: 'time', formats: [] })).toEqual([null, null, null, null, parseTime('2024-02-29')])
  })
})

describe('a column is read', () => {
  it.each<[string, string[], string, object]>([
    ['as a number with a decimal comma', many(i => `${i},${i % 10}`), 'x', { as: 'number', decimal: ',' }], ['as a number with thousands', many(i => `$${1 + i},${100 + i}.00`), 'x', { as: 'number', decimal: '.' }],
    ['as a number with a unit', many(i => `${i} months`), 'x', { as: 'number', unit: 'months' }], ['as a number with a few words', many(i => (i % 30 === 0 ? 'see note' : String(i))), 'x', { as: 'number' }],
    ['as text where words are many', many(i => (i % 3 === 0 ? 'A' : String(i % 3))), 'x', { as: 'text' }], ['as text where codes begin with zero', many(i => `0${1000 + i}`), 'x', { as: 'text' }],
    ['as true or false', many(i => ['Yes', 'n', 'TRUE', '0', 'N/A'][i % 5]), 'x', { as: 'boolean' }], ['as a number where it is 0 or 1', many(i => String(i % 2)), 'x', { as: 'number' }],
    ['as a time of mixed formats', many(i => [`2024-01-${10 + (i % 20)}`, `${13 + (i % 15)}.01.2024`, `${1 + (i % 28)} Jan 2024`][i % 3]), 'x', { as: 'time' }],
    ['as seconds since 1970 where the name speaks of time', many(i => String(1_700_000_000 + i)), 'created_at', { as: 'epoch', unit: 's' }], ['as a number elsewhere', many(i => String(1_700_000_000 + i)), 'population', { as: 'number' }],
    ['as the digits of a date', many(i => `202401${10 + (i % 20)}`), 'order_date', { as: 'time' }], ['as a time of day', many(i => `${i % 24}:30`), 'x', { as: 'clock' }],
    ['by assumption where day and month cannot be told apart', many(i => `0${1 + (i % 9)}/0${1 + (i % 8)}/2024`), 'x', { as: 'time', assumed: 'month first' }], ['day first where there are dots', many(i => `0${1 + (i % 9)}.0${1 + (i % 8)}.2024`), 'x', { as: 'time' }],
    ['as words of one spelling', many(i => ['Berlin', 'Berlin', 'BERLIN', 'Bonn'][i % 4]), 'x', { as: 'text', spelling: { BERLIN: 'Berlin' } }], ['as text where nothing is said', many(() => '?'), 'x', { as: 'text' }],
  ])('%s', async (_name, cells, name, reading) => { expect(await choose(cells, name)).toMatchObject(reading) })

  it('whole, with what was lost counted', async () => {
    await session.load('raw', tableFromRows([{ name: 'n', type: 'int64' }, { name: 'c0', type: 'string' }, { name: 'c1', type: 'float64' }], many(String, 50).map((c, n) => ({ n, c0: n === 7 ? 'seven' : n === 8 ? 'N/A' : c, c1: n === 3 ? Number.NaN : n }))))
    const { columns, repeated } = await cleanTable(session, { columns: [COLUMN, { original: 'y', kind: 'number', sqlType: 'DOUBLE' }, { original: 'z', kind: 'none', sqlType: 'BLOB' }], rows: 50, reading: { format: 'csv', notes: [] } })
    expect(columns).toMatchObject([{ name: 'x', type: 'int64', missing: 1, unreadable: 1, unreadableExamples: ['seven'] }, { name: 'y', type: 'int64', missing: 1, unreadable: 0 }])
    expect(repeated).toBe(0)
    expect(tableRows(await session.query('SELECT count(*) AS n, count(x) AS x, count(y) AS y FROM clean'))).toEqual([{ n: 50, x: 48, y: 49 }])
  })
})

it('columns get names of ours, each once', () => {
  expect(nameColumns(['', 'Straße', 'Is Active?', 'isActive', 'time', 'Time', '2023', '東京', 'a', 'A ', 'x'.repeat(100), 'Usage %'])).toEqual(['column_1', 'strasse', 'is_active', 'is_active_2', 'time_value', 'time_value_2', 'c_2023', 'column_8', 'a', 'a_2', 'x'.repeat(60), 'usage_percent'])
  fc.assert(fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { maxLength: 30 }), originals => {
    const names = nameColumns(originals)
    expect(new Set(names).size).toBe(originals.length)
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]*$/)
  }))
})
