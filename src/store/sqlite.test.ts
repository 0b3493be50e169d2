import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Body, Database } from './database.ts'
import { openDatabase } from './sqlite.ts'

let dir: string
let file: string
let db: Database
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'slipway-db-'))
  file = join(dir, 'slipway.db')
  db = await openDatabase(file)
})
afterEach(async () => {
  await db.close()
  rmSync(dir, { recursive: true, force: true })
})

test('bodies come back as they were, int64 and not-numbers included, also after a restart', async () => {
  const body: Body = { n: 1, big: 2n ** 62n, not: Number.NaN, minus: -0, text: '$x', list: [null, true], unicode: '🛫' }
  const put = await db.transaction(tx => tx.put('model', 'm', body))
  expect(put).toMatchObject({ kind: 'model', id: 'm', revision: 1 })
  await db.close()
  db = await openDatabase(file)
  expect((await db.get('model', 'm'))?.body).toEqual(body)
  expect(await db.get('model', 'other')).toBeNull()
  expect(await db.check()).toEqual([])
})

test('revisions count, and a stale one is a conflict', async () => {
  await db.transaction(async tx => {
    await tx.put('a', '1', { x: 1 }, { revision: 0 })
    expect((await tx.put('a', '1', { x: 2 })).revision).toBe(2)
    await expect(tx.put('a', '1', { x: 3 }, { revision: 1 })).rejects.toMatchObject({ code: 'conflict' })
    await expect(tx.put('a', '2', { x: 3 }, { revision: 1 })).rejects.toMatchObject({ code: 'conflict' })
    await tx.remove('a', '1')
    expect(await tx.get('a', '1')).toBeNull()
  })
})

test('lists go by code point, with prefix, place and limit, either way', async () => {
  await db.transaction(async tx => { for (const id of ['b@2', 'b@10', 'a', 'é', '🛫', 'b@1']) await tx.put('k', id, {}) })
  const ids = async (options?: Parameters<Database['list']>[1]): Promise<string[]> => (await db.list('k', options)).map(d => d.id)
  expect(await ids()).toEqual(['a', 'b@1', 'b@10', 'b@2', 'é', '🛫'])
  expect(await ids({ prefix: 'b@' })).toEqual(['b@1', 'b@10', 'b@2'])
  expect(await ids({ prefix: 'b@', reverse: true, limit: 2 })).toEqual(['b@2', 'b@10'])
  expect(await ids({ after: 'b@10', limit: 2 })).toEqual(['b@2', 'é'])
  expect(await ids({ after: 'b@10', reverse: true })).toEqual(['b@1', 'a'])
})

test('transactions are one after another, unseen until committed, and leave nothing when they fail', async () => {
  const seen: string[] = []
  const first = db.transaction(async tx => {
    await tx.put('k', 'x', { n: 1 })
    await tx.stage({ id: 'led_1', record: { n: 1n } })
    await new Promise(resolve => { setTimeout(resolve, 20) })
    seen.push('first')
    expect(await db.get('k', 'x')).toBeNull()
    expect((await tx.get('k', 'x'))?.body).toEqual({ n: 1 })
  })
  const second = db.transaction(async tx => {
    seen.push('second')
    await tx.put('k', 'y', {})
    await tx.stage({ id: 'led_2', record: {} })
    throw new Error('no')
  })
  await first
  await expect(second).rejects.toThrow('no')
  expect(seen).toEqual(['first', 'second'])
  expect((await db.list('k')).map(d => d.id)).toEqual(['x'])
  expect(await db.staged()).toEqual([{ id: 'led_1', record: { n: 1 } }])
  await db.unstage(['led_1'])
  expect(await db.staged()).toEqual([])
})

test('a transaction cannot be used after its end', async () => {
  const kept = await db.transaction(async tx => tx)
  await expect(kept.put('k', 'x', {})).rejects.toMatchObject({ code: 'internal' })
  await expect(kept.get('k', 'x')).rejects.toMatchObject({ code: 'internal' })
})

test('a full disk is storage_full, rolls back, and passes', async () => {
  const { page_count: pages } = (() => { const probe = new DatabaseSync(file); try { return probe.prepare('PRAGMA page_count').get() as { page_count: number } } finally { probe.close() } })()
  expect(pages).toBeGreaterThan(0)
  await db.transaction(async tx => {
    await tx.put('k', 'kept', {})
  })
  const limited = await openDatabase(file, { maxPages: pages + 2 })
  await expect(limited.transaction(async tx => { for (let i = 0; i < 100; i++) await tx.put('k', `${i}`, { text: 'x'.repeat(2_000) }) })).rejects.toMatchObject({ code: 'storage_full' })
  expect((await limited.list('k')).map(d => d.id)).toEqual(['kept'])
  await limited.transaction(tx => tx.put('k', 'small', {}))
  await limited.close()
})

test('what is no database, or a newer one, is named', async () => {
  await db.transaction(tx => tx.put('k', 'x', {}))
  const reader = await openDatabase(file, { readOnly: true })
  expect((await reader.list('k')).length).toBe(1)
  await expect(reader.transaction(tx => tx.put('k', 'y', {}))).rejects.toThrow()
  await reader.close()
  const other = join(dir, 'other.db')
  writeFileSync(other, 'x'.repeat(4096))
  await expect(openDatabase(other)).rejects.toMatchObject({ code: 'corrupt' })
  const newer = new DatabaseSync(join(dir, 'newer.db'))
  newer.exec('PRAGMA user_version = 99')
  newer.close()
  await expect(openDatabase(join(dir, 'newer.db'))).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining('99') as string })
})
