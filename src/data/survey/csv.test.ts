import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../../adapters/engines/duckdb/index.ts'
import type { Engine } from '../../core/ports/engine.ts'
import { tableRows } from '../../core/table.ts'
import { CsvScanner, formatRecord } from './csv-records.ts'
import { findShape } from './csv-shape.ts'
import { openRaw, type RawTable } from './raw-table.ts'

function scan(text: string, delimiter: string, step = text.length || 1): string[][] {
  const scanner = new CsvScanner(delimiter)
  const out: string[][] = []
  for (let at = 0; at < text.length; at += step) for (const { cells } of scanner.push(text.slice(at, at + step))) out.push(cells)
  for (const { cells } of scanner.end()) out.push(cells)
  return out
}

const cell = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('', 'a "quoted" word', 'two\nlines', 'semi;colon', ' spaces ', '"', '""', 'Zürich', '\r\n', ','))

describe('records', () => {
  it('come out as they were written, however the text is cut into pieces', () => {
    fc.assert(fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 8 }), fc.constantFrom(',', ';', '\t', '|'), fc.constantFrom('\n', '\r\n'), fc.integer({ min: 1, max: 30 }), (records, delimiter, end, step) => {
      const kept = records.map(r => r.map(c => c.replaceAll('\u0000', ''))).filter(r => r.join(delimiter).trim() !== '')
      // A cell of white space before a quote is quoted by nobody; the writer here quotes what has a quote in it.
      const text = kept.map(r => formatRecord(r, delimiter)).join(end) + end
      expect(scan(text, delimiter, step)).toEqual(kept)
    }), { numRuns: 500 })
  })

  it.each<[string, string, string[][]]>([
    ['a quote within text', '1;5" pipe;x\n2;y;z\n', [['1', '5" pipe', 'x'], ['2', 'y', 'z']]],
    ['a quote that never closes', 'a;"open\nb;c\n', [['a', '"open'], ['b', 'c']]],
    ['a quote that closes within the text', '4;"un"closed;6\n5;"x";7\n', [['4', '"un"closed', '6'], ['5', 'x', '7']]],
    ['quotes without doubling, on one line', 'a;"say "hi" now";b\n', [['a', 'say "hi" now', 'b']]],
    ['spaces around quotes', 'a; "b;c" ;d\n', [['a', 'b;c', 'd']]],
    ['lone carriage returns', 'a;b\rc;d\r', [['a', 'b'], ['c', 'd']]],
    ['no line end', 'a;b\nc;"d"', [['a', 'b'], ['c', 'd']]],
    ['an empty last cell', 'a;\n"b";\n', [['a', ''], ['b', '']]],
  ])('%s', (_name, text, records) => {
    for (const step of [1, 2, 3, 7, 100]) expect(scan(text, ';', step)).toEqual(records)
  })
})

describe('the shape of a text', () => {
  it.each<[string, string, object | null]>([
    ['commas', 'a,b\n1,2\n', { delimiter: ',', header: ['a', 'b'], width: 2, preamble: 0 }],
    ['semicolons with decimal commas', 'a;b\n1,5;2,5\n3,5;4,5\n', { delimiter: ';', header: ['a', 'b'] }],
    ['a title first', 'Report of June\n\na,b,c\n1,2,3\n4,5,6\n', { preamble: 1, header: ['a', 'b', 'c'] }],
    ['no header', '1,2,x\n3,4,y\n', { header: null, width: 3 }],
    ['a delimiter too many in every row', 'a,b\n1,2,\n3,4,\n', { width: 3, header: ['a', 'b'] }],
    ['tabs', 'a\tb, c\n1\t2\n', { delimiter: '\t' }],
    ['spaces', `a b c\n${'1 2 3\n'.repeat(9)}`, { delimiter: ' ', header: ['a', 'b', 'c'] }],
    ['prose', 'Dear Sir\nthis is it\n', null],
  ])('%s', (_name, text, shape) => {
    const found = findShape(text, true)
    if (shape === null) expect(found).toBeNull()
    else expect(found).toMatchObject(shape)
  })
})

describe('files', () => {
  let engine: Engine
  let folder: string
  beforeAll(async () => { engine = await openDuckdb({ memory: '1GB' }); folder = mkdtempSync(join(tmpdir(), 'slipway-csv-')) })
  afterAll(async () => { await engine.close(); rmSync(folder, { recursive: true, force: true }) })

  async function read(bytes: string | Buffer): Promise<{ raw: RawTable; rows: unknown[] }> {
    const path = join(folder, 'file.csv')
    writeFileSync(path, bytes)
    const session = await engine.connect()
    try {
      const raw = await openRaw(session, path)
      return { raw, rows: tableRows(await session.query('SELECT * EXCLUDE (n) FROM raw ORDER BY n')).map(r => Object.values(r)) }
    } finally { await session.close() }
  }

  it.each<[string, string | Buffer, string]>([
    ['with a byte order mark', '\ufeffa,b\nZürich,1\n', 'utf-8'], ['in Windows-1252', Buffer.from('a,b\nZ\u00fcrich,1\n', 'latin1'), 'windows-1252'],
    ['in UTF-16', Buffer.from('\ufeffa,b\nZürich,1\n', 'utf16le'), 'utf-16le'], ['in UTF-16 without a mark', Buffer.from('a,b\nZürich,1\n', 'utf16le'), 'utf-16le'], ['packed', gzipSync('a,b\nZürich,1\n'), 'utf-8'],
  ])('%s are read', async (_name, bytes, encoding) => {
    const { raw, rows } = await read(bytes)
    expect([raw.reading.encoding, raw.columns.map(c => c.original), rows]).toEqual([encoding, ['a', 'b'], [['Zürich', '1']]])
  })

  it('lose nothing in silence', async () => {
    const { raw, rows } = await read('Sales 2024\n\na,b,c\n1,2,3\n\n,,\n4,5\na,b,c\n6,7,8,9\n"x\ny",,\n')
    expect(rows).toEqual([['1', '2', '3'], ['4', '5', null], ['6', '7', '8'], ['x\ny', null, null]])
    expect(raw.reading.notes).toEqual(['1 row before the header left out', '1 row without any value left out', '1 row that repeats the header left out', '1 row with too few cells: the last ones are missing', '1 row with more cells than columns: the surplus is left out'])
  })

  it.each<[string, string, RegExp]>([
    ['without rows', 'a,b\n', /has a header and no rows/], ['that are too wide', `${Array.from({ length: 200_000 }, (_, i) => `c${i}`).join(',')}\n`, /has more than 2,000 columns/],
  ])('%s are refused with what to do', async (_name, text, message) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringMatching(message) as string, remedy: expect.not.stringContaining('/docs') as string })
  })

  it('that only call themselves Parquet are refused in one line, without SQL', async () => {
    const path = join(folder, 'fake.parquet')
    writeFileSync(path, 'PAR1 this is none')
    const session = await engine.connect()
    await expect(openRaw(session, path)).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringMatching(/^fake\.parquet is no Parquet file[^\n]*$/) as string })
    await session.close()
  })

  it('keep every record, whatever is in it', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(cell, fc.integer({ min: 0, max: 99 }), cell), { minLength: 1, maxLength: 20 }), async records => {
      const clean = records.map(r => r.map(c => String(c).replace(/\p{Surrogate}|\0/gu, '')))
      const { raw } = await read(`first;second;third\n${clean.map(r => formatRecord(r, ';')).join('\n')}\n`)
      expect(raw.rows).toBe(records.length)
    }), { numRuns: 30 })
  })
})
