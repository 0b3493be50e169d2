import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SegmentedJournal } from './journal.ts'
import { appendRows, openTestJournal, OTHER, readAll, SIMPLE, simpleRow, temporaryHome, type TemporaryHome } from './journal.fixture.ts'

let home: TemporaryHome
let faults: Int32Array
beforeEach(() => {
  home = temporaryHome()
  faults = new Int32Array(new SharedArrayBuffer(4))
})
afterEach(() => { home.remove() })

const open = (): Promise<SegmentedJournal> => openTestJournal(home, { sync: 'group', faults: faults.buffer as unknown as SharedArrayBuffer })

async function untilWritable(journal: SegmentedJournal): Promise<void> {
  for (;;) {
    try { appendRows(journal, OTHER, [{ value: 'back' }]); return } catch { await new Promise(resolve => { setTimeout(resolve, 20) }) }
  }
}

for (const [fault, name] of [[1, 'nothing fits'], [2, 'half of a write fits']] as const) {
  for (const before of [0, 3]) {
    test(`a full disk (${name}, ${before} rows before): refused, told, and recovered without a restart or a gap`, async () => {
      const journal = await open()
      for (let i = 0; i < before; i++) appendRows(journal, SIMPLE, [simpleRow(i)])
      await journal.waitDurable()
      const lostFrom: number[] = []
      journal.onLost(first => { lostFrom.push(first) })

      Atomics.store(faults, 0, fault)
      const { last } = appendRows(journal, SIMPLE, [simpleRow(90), simpleRow(91)])
      await expect(journal.waitDurable(last)).rejects.toMatchObject({ code: 'storage_full' })
      expect(() => appendRows(journal, SIMPLE, [simpleRow(92)])).toThrow(expect.objectContaining({ code: 'storage_full' }))
      await expect(journal.waitDurable()).rejects.toMatchObject({ code: 'storage_full' })
      expect(journal.durable).toBe(before)
      expect((await readAll(journal)).map(r => r.row)).toEqual(Array.from({ length: before }, (_, i) => simpleRow(i)))

      Atomics.store(faults, 0, 0)
      await untilWritable(journal)
      await journal.waitDurable()
      expect(lostFrom).toEqual([before + 1])
      await expect(journal.waitDurable(last)).rejects.toMatchObject({ code: 'storage_full' })
      const streams = [...Array.from({ length: before }, () => SIMPLE.name), 'lost', 'lost', OTHER.name]
      expect((await readAll(journal)).map(r => r.stream)).toEqual(streams)
      await journal.close()

      const again = await open()
      expect((await readAll(again)).map(r => r.stream)).toEqual(streams)
      expect(again.position).toBe(before + 3)
      await again.close()
    })
  }
}

test('a disk that fills again and again loses no acknowledged row and acknowledges no lost one', async () => {
  const journal = await open()
  const acknowledged: number[] = []
  const refused: number[] = []
  for (let round = 0; round < 4; round++) {
    const waits: Promise<void>[] = []
    for (let i = 0; i < 50; i++) {
      if (i === 25) Atomics.store(faults, 0, 1 + round % 2)
      try {
        const { last } = appendRows(journal, SIMPLE, [simpleRow(round * 100 + i)])
        waits.push(journal.waitDurable(last).then(() => { acknowledged.push(last) }, () => { refused.push(last) }))
      } catch { break }
      if (i % 5 === 4) await new Promise(resolve => { setTimeout(resolve, 2) })
    }
    await Promise.all(waits)
    Atomics.store(faults, 0, 0)
    await untilWritable(journal)
  }
  await journal.close()
  expect(refused.length).toBeGreaterThan(0)
  const again = await open()
  const rows = await readAll(again)
  expect(rows.map(r => r.sequence)).toEqual(Array.from({ length: again.position }, (_, i) => i + 1))
  for (const sequence of acknowledged) expect(rows[sequence - 1].stream).toBe(SIMPLE.name)
  for (const sequence of refused) expect(rows[sequence - 1].stream).toBe('lost')
  await again.close()
})

test('a failed sync is never tried again: the journal takes nothing more, and a restart recovers', async () => {
  const journal = await open()
  appendRows(journal, SIMPLE, [simpleRow(1)])
  await journal.waitDurable()
  Atomics.store(faults, 0, 3)
  appendRows(journal, SIMPLE, [simpleRow(2)])
  await expect(journal.waitDurable()).rejects.toMatchObject({ code: 'internal' })
  Atomics.store(faults, 0, 0)
  expect(() => appendRows(journal, SIMPLE, [simpleRow(3)])).toThrow(expect.objectContaining({ code: 'internal' }))
  await journal.close()
  const again = await open()
  expect(again.position).toBe(1)
  expect(readdirSync(home.journal)).toEqual(['000000000001.journal'])
  await again.close()
})
