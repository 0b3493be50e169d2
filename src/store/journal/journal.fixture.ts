// A journal in a temporary home, random streams and rows: for the tests of this folder.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { openLog } from '../../core/log.ts'
import type { Column, ColumnType, Row, Value } from '../../core/schema.ts'
import { tableFromRows, tableRows } from '../../core/table.ts'
import type { Batch, SegmentedJournal, Stream } from './journal.ts'
import { openJournal, type JournalOptions } from './open-journal.ts'

export const quiet = openLog({ level: 'silent' })

export interface TemporaryHome { dir: string; journal: string; segments: string; remove(): void }

export function temporaryHome(): TemporaryHome {
  const dir = mkdtempSync(join(tmpdir(), 'slipway-journal-'))
  return { dir, journal: join(dir, 'journal'), segments: join(dir, 'segments'), remove: () => { rmSync(dir, { recursive: true, force: true }) } }
}

export function openTestJournal(home: TemporaryHome, options: Partial<JournalOptions> = {}): Promise<SegmentedJournal> {
  return openJournal({ dir: home.journal, segmentsDir: home.segments, sync: 'off', segmentRows: 1_000_000, segmentSeconds: 3_600, pendingBytes: 64 << 20, log: quiet, ...options })
}

export const SIMPLE: Stream = { name: 'event/simple/0', columns: [{ name: 'id', type: 'string' }, { name: 'v.x', type: 'float64' }, { name: 'v.n', type: 'int64' }, { name: 'at', type: 'timestamp' }, { name: 'ok', type: 'boolean' }] }
export const OTHER: Stream = { name: 'label/other', columns: [{ name: 'value', type: 'string' }] }

export function simpleRow(i: number): Row {
  return { id: `row ${i}`, 'v.x': i % 5 === 0 ? null : i / 3, 'v.n': i, at: 1_700_000_000_000_000 + i, ok: i % 2 === 0 }
}

export function appendRows(journal: SegmentedJournal, stream: Stream, rows: Row[]): { first: number; last: number } {
  return journal.append(stream, tableFromRows(stream.columns, rows))
}

export interface Recorded { sequence: number; stream: string; recordedAt: number; row: Row }

export function flatten(batch: Batch): Recorded[] {
  return tableRows(batch.table).map((row, i) => ({ sequence: batch.first + i, stream: batch.stream.name, recordedAt: batch.recordedAt, row }))
}

export async function readAll(journal: SegmentedJournal, options?: Parameters<SegmentedJournal['read']>[0]): Promise<Recorded[]> {
  const out: Recorded[] = []
  for await (const batch of journal.read(options)) out.push(...flatten(batch))
  return out
}

const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.constantFrom('', '$int64:1', '$', '\0', 'naïve — 日本語 🛫', 'x'.repeat(500), '"\\\n\u2028'))
const values: Record<ColumnType, fc.Arbitrary<Value>> = {
  float64: fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 5e-324, Number.MAX_VALUE, 0.1)),
  int64: fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n, 0n)).map(n => (n >= -(2n ** 53n) + 1n && n <= 2n ** 53n - 1n ? Number(n) : n)),
  boolean: fc.boolean(),
  string: text,
  timestamp: fc.oneof(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), fc.constantFrom(0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER)),
}

const columnName = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter(s => !s.includes('\0')), fc.constantFrom('v."q"', "it's", 'a b', 'ünï', '$x', '10', '9'))
const column: fc.Arbitrary<Column> = fc.record({ name: columnName, type: fc.constantFrom<ColumnType>('float64', 'int64', 'boolean', 'string', 'timestamp') })

/** A stream whose name tells of its columns, as the journal asks for. */
export const arbitraryStream: fc.Arbitrary<Stream> = fc.uniqueArray(column, { maxLength: 6, selector: c => c.name.toLowerCase() })
  .filter(columns => !columns.some(c => ['sequence', 'recorded_at'].includes(c.name.toLowerCase())))
  .map(columns => ({ name: `event/${JSON.stringify(columns)}`, columns }))

export function arbitraryRows(stream: Stream, maxLength: number): fc.Arbitrary<Row[]> {
  const row = fc.record(Object.fromEntries(stream.columns.map(c => [c.name, fc.option(values[c.type], { freq: 4 })])))
  return fc.array(row as fc.Arbitrary<Row>, { minLength: 1, maxLength })
}

/** What is appended, in order. */
export const arbitraryAppends: fc.Arbitrary<{ stream: Stream; rows: Row[] }[]> = fc.array(arbitraryStream, { minLength: 1, maxLength: 3 })
  .chain(streams => fc.array(fc.constantFrom(...streams).chain(stream => arbitraryRows(stream, 40).map(rows => ({ stream, rows }))), { minLength: 1, maxLength: 8 }))
