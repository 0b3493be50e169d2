import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../core/clock.ts'
import { resolveConfig } from '../core/config.ts'
import { SlipwayError } from '../core/errors.ts'
import { openLog } from '../core/log.ts'
import { joinHome, openBlobStore, openDatabase, openJournal, type Database, type SegmentedJournal } from '../store/index.ts'
import { ada, appendEvents, openEngine } from './fixtures/small-home.ts'
import { joinMetadata } from './join-metadata.ts'
import type { Metadata } from './metadata.ts'
import { openSharedMetadata } from './open-metadata.ts'
import type { LedgerPort } from './shared-ledger.ts'

const log = openLog({ level: 'silent' })
const { config } = resolveConfig()

// Two processes of one home, in one: each with a database connection of its own.
let dir: string
let owner: { metadata: Metadata; port: LedgerPort; stop(): Promise<void> }
let other: { metadata: Metadata; database: Database; journal: SegmentedJournal; stop(): Promise<void> }
let reachable = true

async function openOwner(): Promise<typeof owner> {
  const home = joinHome(dir, 'metadata')
  const [database, blobs] = [await openDatabase(home.paths.database), await openBlobStore(home.paths.blobs)]
  const opened = await openSharedMetadata({ paths: home.paths, database, blobs, clock: systemClock, engine: openEngine, config, log, journal: { waitDurable: async () => {} }, sealing: { seal: request => other.metadata.seal(request) } })
  return { ...opened, async stop() {
    await opened.metadata.close()
    await database.close()
    home.close()
  } }
}

async function openOther(): Promise<typeof other> {
  const { paths, close } = joinHome(dir, 'data')
  const [database, blobs, engine] = [await openDatabase(paths.database), await openBlobStore(paths.blobs), await openEngine()]
  const journal = await openJournal({ dir: paths.journal, segmentsDir: paths.segments, ...config.journal, engine, log })
  const port = new Proxy({} as LedgerPort, { get: (_, name: keyof LedgerPort) => async (...args: never[]) => {
    if (!reachable) throw new SlipwayError('unreachable', 'The process of metadata does not answer.')
    return (owner.port[name] as (...a: never[]) => unknown)(...args)
  } })
  const metadata = await joinMetadata({ paths, database, blobs, ledger: port, sealing: { journal }, clock: systemClock, config, log })
  return { metadata, database, journal, async stop() {
    await metadata.close()
    await journal.close()
    await database.close()
    await engine.close()
    close()
  } }
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'slipway-shared-'))
  reachable = true
  owner = await openOwner()
  other = await openOther()
})
afterEach(async () => {
  await other.stop()
  await owner.stop()
  rmSync(dir, { recursive: true, force: true })
})
const note = (metadata: Metadata, id: string) => metadata.change({ actor: ada, action: 'note.put', subject: `note/${id}` }, tx => tx.put('note', id, { id }))

it('changes of both get their numbers in one order, each once, and both read the same', async () => {
  const done = await Promise.all(Array.from({ length: 40 }, (_, i) => note(i % 2 === 0 ? owner.metadata : other.metadata, String(i))))
  expect(done.map(d => d.ledger).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i))
  expect([owner.metadata.ledger.size, other.metadata.ledger.size]).toEqual([40, 40])
  expect(await other.metadata.ledger.list()).toEqual(await owner.metadata.ledger.list())
  for (const [i, { ledger }] of done.entries()) expect(await other.metadata.ledger.get(ledger)).toMatchObject({ subject: `note/${i}` })
  expect(await other.metadata.trail('note', '3')).toHaveLength(1)
  expect((await other.metadata.verify()).problems).toEqual([])
})

it('nothing is changed while nobody can number it', async () => {
  reachable = false
  await expect(note(other.metadata, 'a')).rejects.toMatchObject({ code: 'unreachable' })
  expect(await owner.metadata.get('note', 'a')).toBeNull()
  reachable = true
  expect(await note(other.metadata, 'a')).toMatchObject({ ledger: 0 })
})

it('an entry whose process died before it asked is placed, and its number is given also after a restart', async () => {
  await other.database.transaction(tx => tx.stage({ id: 'led_left', record: { id: 'led_left', at: 1, recordedAt: 1, actor: 'user:ada', action: 'x', subject: 'note/1', documents: [], details: {} } }))
  await note(owner.metadata, 'b')
  expect(await owner.port.settle('led_left')).toBe(0)
  await owner.stop()
  owner = await openOwner()
  expect(await owner.port.settle('led_left')).toBe(0)
  await expect(owner.port.settle('led_never')).rejects.toMatchObject({ code: 'not_found' })
  expect((await owner.metadata.verify()).problems).toEqual([])
})

it('segments are sealed where the journal is, whoever asks, and their roots are in the ledger', async () => {
  const saved: number[] = []
  other.metadata.onSeal(async position => { saved.push(position) })
  await appendEvents(other.journal, 0, 20)
  expect(await owner.metadata.seal({ force: true })).toBe(1)
  expect(saved).toEqual([20])
  expect(await owner.metadata.ledger.list({ action: 'segment.sealed' })).toHaveLength(1)
  expect((await owner.metadata.verify()).ok).toBe(true)
})
