import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tableFromRows } from '../../core/table.ts'
import { checkRawSegment } from './check.ts'
import { appendRows, arbitraryAppends, openTestJournal, OTHER, readAll, SIMPLE, simpleRow, temporaryHome, type Recorded, type TemporaryHome } from './journal.fixture.ts'

let home: TemporaryHome
beforeEach(() => { home = temporaryHome() })
afterEach(() => { home.remove() })

test('any rows of any stream come back equal, by read and by get, before and after a restart', async () => {
  await fc.assert(fc.asyncProperty(arbitraryAppends, async appends => {
    const fresh = temporaryHome()
    try {
      const journal = await openTestJournal(fresh, { segmentRows: 60 })
      const expected: Omit<Recorded, 'recordedAt'>[] = []
      for (const { stream, rows } of appends) {
        const { first, last } = appendRows(journal, stream, rows)
        expect([first, last]).toEqual([expected.length + 1, expected.length + rows.length])
        rows.forEach((row, i) => expected.push({ sequence: first + i, stream: stream.name, row }))
      }
      const strip = ({ sequence, stream, row }: Recorded): Omit<Recorded, 'recordedAt'> => ({ sequence, stream, row })
      for (const e of expected) expect((await journal.get(e.sequence))?.row).toEqual(e.row)
      await journal.waitDurable()
      expect((await readAll(journal)).map(strip)).toEqual(expected)
      await journal.close()
      const again = await openTestJournal(fresh)
      expect([again.position, again.durable]).toEqual([expected.length, expected.length])
      expect((await readAll(again)).map(strip)).toEqual(expected)
      const from = 1 + (expected.length >> 1)
      expect((await readAll(again, { from, to: from + 5 })).map(strip)).toEqual(expected.slice(from - 1, from + 5))
      const many = await again.getMany(expected.map(e => e.sequence))
      for (const e of expected) expect(many.get(e.sequence)).toMatchObject({ stream: { name: e.stream }, row: e.row })
      await again.close()
    } finally { fresh.remove() }
  }), { numRuns: 20 })
})

test('waits end in the order of sequences, and only when the rows are in the file', async () => {
  const journal = await openTestJournal(home, { sync: 'group' })
  const order: number[] = []
  const waits: Promise<void>[] = []
  for (let turn = 0; turn < 20; turn++) {
    for (let i = 0; i < 10; i++) {
      const { last } = appendRows(journal, SIMPLE, [simpleRow(i)])
      waits.push(journal.waitDurable(last).then(() => {
        order.push(last)
        expect(journal.durable).toBeGreaterThanOrEqual(last)
      }))
    }
    expect(journal.durable).toBeLessThan(journal.position)
    if (turn % 5 === 4) {
      await journal.waitDurable()
      expect(checkRawSegment(join(home.journal, '000000000001.journal'))).toMatchObject({ last: journal.position, problems: [] })
    } else await new Promise(resolve => { setImmediate(resolve) })
  }
  await Promise.all(waits)
  expect(order).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
  await journal.close()
})

test('the trace tells what is synced, and with sync off there is none', async () => {
  const trace = join(home.dir, 'trace')
  process.env.SLIPWAY_SYNC_TRACE = trace
  try {
    const off = await openTestJournal(home)
    appendRows(off, SIMPLE, [simpleRow(1)])
    await off.close()
    expect(existsSync(trace)).toBe(false)
    const on = await openTestJournal(home, { sync: 'group' })
    appendRows(on, SIMPLE, [simpleRow(2)])
    await on.close()
    const lines = readFileSync(trace, 'utf8').trim().split('\n')
    expect(lines.length).toBeGreaterThanOrEqual(2)
    for (const name of ['000000000001.journal', '000000000002.journal']) {
      const path = join(home.journal, name)
      expect(lines).toContain(`${path} ${readFileSync(path).length}`)
    }
  } finally { delete process.env.SLIPWAY_SYNC_TRACE }
})

test('segments rotate by rows, by time and on demand, and every closing is told', async () => {
  const journal = await openTestJournal(home, { segmentRows: 100, segmentSeconds: 0.05 })
  let told = 0
  journal.onClosed(() => { told++ })
  for (let i = 0; i < 250; i++) appendRows(journal, SIMPLE, [simpleRow(i)])
  await journal.waitDurable()
  expect(journal.closed().slice(0, 2)).toMatchObject([{ first: 1, last: 100, rows: 100, sealed: false }, { first: 101, last: 200 }])
  while (journal.closed().length < 3) await new Promise(resolve => { setTimeout(resolve, 10) })
  appendRows(journal, OTHER, [{ value: 'a' }])
  await journal.rotate()
  expect(journal.closed().map(s => [s.first, s.last])).toEqual([[1, 100], [101, 200], [201, 250], [251, 251]])
  expect(told).toBeGreaterThanOrEqual(2)
  await journal.rotate()
  expect(readdirSync(home.journal)).toHaveLength(4)
  expect((await readAll(journal, { from: 99 })).map(r => r.sequence)).toEqual(Array.from({ length: 153 }, (_, i) => 99 + i))
  await journal.close()
})

test('read takes only the streams that are asked for, and stops at what was durable', async () => {
  const journal = await openTestJournal(home)
  for (let i = 0; i < 10; i++) { appendRows(journal, SIMPLE, [simpleRow(i)]); appendRows(journal, OTHER, [{ value: `${i}` }]) }
  expect(await readAll(journal)).toEqual([])
  await journal.waitDurable()
  expect((await readAll(journal, { streams: ['label/'] })).map(r => r.sequence)).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18, 20])
  expect(await journal.get(21)).toBeNull()
  expect(await journal.get(0)).toBeNull()
  await journal.close()
})

test('frames larger than what is read at a time, and many small ones behind them', async () => {
  const journal = await openTestJournal(home)
  const rows = Array.from({ length: 20_000 }, (_, i) => simpleRow(i))
  appendRows(journal, SIMPLE, rows)
  for (let i = 0; i < 5_000; i++) appendRows(journal, OTHER, [{ value: 'y'.repeat(i % 400) }])
  appendRows(journal, OTHER, [{ value: '€'.repeat(600_000) }])
  await journal.waitDurable()
  const all = await readAll(journal)
  expect(all.map(r => r.sequence)).toEqual(Array.from({ length: 25_001 }, (_, i) => i + 1))
  expect(all.slice(0, 20_000).map(r => r.row)).toEqual(rows)
  expect(all[25_000].row.value).toHaveLength(600_000)
  await journal.close()
})

test('what cannot be stored is refused and leaves no trace', async () => {
  const journal = await openTestJournal(home, { pendingBytes: 1 << 16 })
  expect(() => appendRows(journal, OTHER, [{ value: '\ud800' }])).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  const times = { name: 't', columns: [{ name: 'at', type: 'timestamp' as const }] }
  expect(() => appendRows(journal, times, [{ at: 0.5 }])).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  expect(() => appendRows(journal, { name: 'u', columns: [{ name: 'Sequence', type: 'int64' }] }, [{}])).toThrow(expect.objectContaining({ code: 'invalid_definition' }))
  expect(() => appendRows(journal, { name: 'w', columns: [{ name: 'a', type: 'int64' }, { name: 'A', type: 'int64' }] }, [{}])).toThrow(expect.objectContaining({ code: 'invalid_definition' }))
  expect(() => journal.append(SIMPLE, tableFromRows(OTHER.columns, [{ value: 'x' }]))).toThrow(expect.objectContaining({ code: 'internal' }))
  expect(journal.append(OTHER, tableFromRows(OTHER.columns, []))).toEqual({ first: 1, last: 0 })
  expect(appendRows(journal, OTHER, [{ value: 'ok' }])).toEqual({ first: 1, last: 1 })
  expect(() => appendRows(journal, { name: OTHER.name, columns: [{ name: 'value', type: 'int64' }] }, [{ value: 1 }])).toThrow(expect.objectContaining({ code: 'invalid_definition' }))
  expect(() => appendRows(journal, OTHER, [{ value: 'x'.repeat(1 << 16) }])).toThrow(expect.objectContaining({ code: 'overloaded' }))
  await journal.waitDurable()
  await expect(journal.waitDurable(5)).rejects.toMatchObject({ code: 'internal' })
  expect((await readAll(journal)).map(r => r.row)).toEqual([{ value: 'ok' }])
  await journal.close()
  expect(() => appendRows(journal, OTHER, [{ value: 'late' }])).toThrow(expect.objectContaining({ code: 'stopping' }))
})
