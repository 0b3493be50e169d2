import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, afterEach, beforeEach, expect, test } from 'vitest'
import { openDuckdb } from '../../adapters/engines/duckdb/index.ts'
import { rowAt } from '../../core/table.ts'
import { HASH_BYTES, inclusionProof, leafHash, verifyInclusion } from '../../core/merkle.ts'
import type { Engine } from '../../core/ports/engine.ts'
import { checkSegment } from './check.ts'
import { appendRows, arbitraryAppends, openTestJournal, OTHER, readAll, SIMPLE, simpleRow, temporaryHome, type TemporaryHome } from './journal.fixture.ts'
import { leafText } from './leaf.ts'
import { LEAVES } from './manifest.ts'
import { sealSegment } from './seal.ts'

let engine: Engine
let home: TemporaryHome
beforeAll(async () => { engine = await openDuckdb({ threads: 1 }) })
afterAll(async () => { await engine.close() })
beforeEach(() => { home = temporaryHome() })
afterEach(() => { home.remove() })

test('any rows read the same from sealed segments as from raw ones, and every row has its leaf', async () => {
  await fc.assert(fc.asyncProperty(arbitraryAppends, async appends => {
    const fresh = temporaryHome()
    try {
      const journal = await openTestJournal(fresh, { engine })
      for (const { stream, rows } of appends) appendRows(journal, stream, rows)
      await journal.rotate()
      const raw = await readAll(journal)
      const sealed = await journal.seal(1)
      journal.dropRaw(1)
      expect(await readAll(journal)).toEqual(raw)
      const many = await journal.getMany(raw.map(r => r.sequence))
      for (const r of raw) expect(many.get(r.sequence)).toMatchObject({ recordedAt: r.recordedAt, row: r.row })
      // In blocks, whole and with some of the columns.
      const blocks: { sequence: number; stream: string; recordedAt: number; row: unknown }[] = []
      for await (const { stream, sequences, recordedAt, table } of journal.readRows()) for (let i = 0; i < table.rows; i++) blocks.push({ sequence: Number(sequences[i]), stream: stream.name, recordedAt: recordedAt[i], row: rowAt(table, i) })
      expect(blocks.sort((a, b) => a.sequence - b.sequence)).toEqual(raw.map(({ sequence, stream, recordedAt, row }) => ({ sequence, stream, recordedAt, row })))
      for (const name of new Set(raw.map(r => r.stream))) {
        const some = Object.keys(raw.find(r => r.stream === name)!.row).slice(0, 1)
        for await (const { stream, table } of journal.readRows({ streams: [name], columns: [...some, 'no such column'] })) if (stream.name === name) expect(table.schema.map(c => c.name)).toEqual(some)
      }
      const leaves = readFileSync(join(sealed.dir, LEAVES))
      for (const r of raw) {
        const at = (r.sequence - 1) * HASH_BYTES
        expect(leaves.subarray(at, at + HASH_BYTES)).toEqual(leafHash(leafText(r.stream, r.sequence, r.recordedAt, r.row)))
      }
      expect(await checkSegment(sealed.dir, engine, sealed)).toEqual([])
      await journal.close()
    } finally { fresh.remove() }
  }), { numRuns: 12 })
})

test('one read goes over sealed, closed and open segments, and a restart finds them', async () => {
  let journal = await openTestJournal(home, { engine, segmentRows: 10 })
  for (let i = 1; i <= 35; i++) appendRows(journal, i % 3 === 0 ? OTHER : SIMPLE, [i % 3 === 0 ? { value: `${i}` } : simpleRow(i)])
  await journal.waitDurable()
  const before = await readAll(journal)
  await journal.seal(1)
  await journal.seal(11)
  journal.dropRaw(1)
  expect(() => { journal.dropRaw(21) }).toThrow(/not sealed/)
  expect(journal.closed()).toMatchObject([{ first: 11, sealed: true }, { first: 21, sealed: false }])
  expect(await readAll(journal)).toEqual(before)
  expect(await readAll(journal, { from: 5, to: 32, streams: ['label'] })).toEqual(before.filter(r => r.sequence >= 5 && r.sequence <= 32 && r.stream === OTHER.name))
  await journal.close()
  journal = await openTestJournal(home, { engine, segmentRows: 10 })
  expect(journal.sealed().map(s => [s.first, s.last])).toEqual([[1, 10], [11, 20]])
  expect(journal.closed().map(s => [s.first, s.sealed])).toEqual([[11, true], [21, false], [31, false]])
  expect(await readAll(journal)).toEqual(before)
  expect(await journal.get(4)).toMatchObject({ stream: SIMPLE, row: simpleRow(4) })
  expect(appendRows(journal, OTHER, [{ value: 'on' }])).toEqual({ first: 36, last: 36 })
  await journal.close()
})

test('sealing again after a crash gives what is there, and what a crash left half done goes away', async () => {
  const journal = await openTestJournal(home, { engine })
  appendRows(journal, SIMPLE, Array.from({ length: 50 }, (_, i) => simpleRow(i)))
  await journal.rotate()
  const file = journal.closed()[0].file
  const sealed = await journal.seal(1)
  const inodes = readdirSync(sealed.dir).map(name => readFileSync(join(sealed.dir, name)))
  expect(await sealSegment({ file, first: 1, segmentsDir: home.segments, engine })).toEqual(sealed)
  expect(readdirSync(sealed.dir).map(name => readFileSync(join(sealed.dir, name)))).toEqual(inodes)
  await journal.close()
  mkdirSync(join(home.segments, '.sealing-000000000051'))
  const again = await openTestJournal(home, { engine })
  expect(readdirSync(home.segments)).toEqual(['000000000001'])
  await expect(again.seal(51)).rejects.toMatchObject({ code: 'not_found' })
  again.dropRaw(1)
  again.dropRaw(1)
  expect(existsSync(file)).toBe(false)
  await again.close()
})

test('a row is proved against the root by its leaf and a short path', async () => {
  const journal = await openTestJournal(home, { engine })
  appendRows(journal, SIMPLE, Array.from({ length: 100 }, (_, i) => simpleRow(i)))
  await journal.rotate()
  const { dir, root } = await journal.seal(1)
  const found = await journal.get(42)
  const leaf = leafHash(leafText(SIMPLE.name, 42, found?.recordedAt ?? 0, found?.row ?? {}))
  expect(verifyInclusion(leaf, 41, 100, inclusionProof(readFileSync(join(dir, LEAVES)), 41), Buffer.from(root, 'hex'))).toBe(true)
  await journal.close()
})

test('a flipped byte in any file of a sealed segment is found, and the row, or else the file, is named', async () => {
  const journal = await openTestJournal(home, { engine })
  for (let i = 0; i < 40; i++) appendRows(journal, i % 4 === 0 ? OTHER : SIMPLE, [i % 4 === 0 ? { value: `value ${i}` } : simpleRow(i)])
  await journal.rotate()
  const sealed = await journal.seal(1)
  await journal.close()
  const copy = mkdtempSync(join(home.dir, 'copy-'))
  let named = 0
  for (const name of readdirSync(sealed.dir)) {
    for (const other of readdirSync(sealed.dir)) copyFileSync(join(sealed.dir, other), join(copy, other))
    const bytes = readFileSync(join(sealed.dir, name))
    const step = Math.max(1, Math.floor(bytes.length / 60))
    for (let at = 0; at < bytes.length; at += step) {
      const changed = Buffer.from(bytes)
      changed[at] ^= 1 << (at % 8)
      writeFileSync(join(copy, name), changed)
      const problems = await checkSegment(copy, engine, sealed)
      expect(problems.map(p => p.file), `byte ${at} of ${name}`).toContain(join(copy, name))
      if (problems.some(p => p.sequence !== undefined)) named++
      if (name === LEAVES) expect(problems).toMatchObject([{ sequence: 1 + Math.floor(at / HASH_BYTES) }])
    }
  }
  expect(named).toBeGreaterThan(60)
}, 60_000)

test('without expectations a segment is checked against its own manifest; a missing file is named', async () => {
  const journal = await openTestJournal(home, { engine })
  appendRows(journal, SIMPLE, [simpleRow(1)])
  await journal.rotate()
  const { dir } = await journal.seal(1)
  await journal.close()
  expect(await checkSegment(dir, engine)).toEqual([])
  expect(await checkSegment(dir, engine, { root: '00'.repeat(32) })).not.toEqual([])
  expect(await checkSegment(join(dir, 'nowhere'), engine)).toMatchObject([{ file: join(dir, 'nowhere', 'manifest.json') }])
})
