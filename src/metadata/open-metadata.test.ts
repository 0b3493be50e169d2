import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { localActor } from '../core/actor.ts'
import { SettableClock } from '../core/clock.ts'
import { sha256 } from '../core/digest.ts'
import { ada, appendEvents, openSmallHome, type OpenedHome } from './fixtures/small-home.ts'
import { readClock, saveClock } from './home-clock.ts'
import { createToken, revokeToken } from './principals.ts'

let dir: string
let home: OpenedHome
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'slipway-metadata-'))
  home = await openSmallHome(dir)
})
afterEach(async () => {
  await home.close()
  rmSync(dir, { recursive: true, force: true })
})
const reopen = async (): Promise<void> => {
  await home.close()
  home = await openSmallHome(dir)
}

describe('a change', () => {
  it('commits with its entry, which has the digest of what was put', async () => {
    const { metadata, blobs } = home
    const blob = await blobs.put(Buffer.from('weights'))
    const { result, ledger } = await metadata.change({ actor: ada, action: 'model.put', subject: 'modelVersion/m@000001', details: { why: 'first' } }, async tx => {
      expect(await tx.get('modelVersion', 'm@000001')).toBeNull()
      await tx.put('modelVersion', 'm@000001', { artifact: blob, other: 'f'.repeat(64) })
      tx.detail({ rows: 9007199254740993n })
      return 'done'
    })
    expect([result, ledger, metadata.ledger.size]).toEqual(['done', 0, 1])
    expect(await metadata.ledger.get(0)).toMatchObject({
      index: 0, actor: 'user:ada', action: 'model.put', details: { why: 'first', rows: 9007199254740993n },
      documents: [{ kind: 'modelVersion', id: 'm@000001', revision: 1, digest: sha256(`{"artifact":"${blob}","other":"${'f'.repeat(64)}"}`), blobs: [blob] }],
    })
  })

  it('that throws leaves no document and no entry', async () => {
    const { metadata } = home
    await expect(metadata.change({ actor: ada, action: 'x', subject: 'note/1' }, async tx => {
      await tx.put('note', '1', {})
      throw new Error('no')
    })).rejects.toThrow('no')
    await expect(metadata.change({ actor: ada, action: 'x', subject: 'note/1' }, tx => tx.put('note', '1', {}, { revision: 3 }))).rejects.toMatchObject({ code: 'conflict' })
    expect([await metadata.get('note', '1'), metadata.ledger.size]).toEqual([null, 0])
    expect(await metadata.record({ actor: ada, action: 'dataset.read', subject: 'datasetVersion/abc' })).toBe(0)
  })

  it('survives a restart, with its number', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => home.metadata.change({ actor: ada, action: 'note.put', subject: `note/${i}` }, tx => tx.put('note', String(i), { i }))))
    const before = await home.metadata.ledger.list()
    await reopen()
    expect(await home.metadata.ledger.list()).toEqual(before)
    expect((await home.metadata.verify()).problems).toEqual([])
  })
})

describe('sealing', () => {
  it('saves derived state, then puts the root in the ledger, then drops the raw file; forced and at close', async () => {
    const { metadata, journal, paths } = home
    const order: string[] = []
    const stop = metadata.onSeal(async position => { order.push(`save ${position}, ${readdirSync(paths.journal).length} raw`) })
    await appendEvents(journal, 0, 30)
    expect(await metadata.seal()).toBe(0)
    expect(await metadata.seal({ force: true })).toBe(1)
    stop()
    expect(order).toEqual(['save 30, 1 raw'])
    expect(readdirSync(paths.journal)).toEqual([])
    expect(await metadata.ledger.get(0)).toMatchObject({ action: 'segment.sealed', actor: 'system:slipway', subject: 'segment/000000000001', details: { first: 1, last: 30, rows: 30 } })
    expect((await metadata.get('segment', '000000000001'))?.body).toMatchObject({ first: 1, last: 30 })
    await appendEvents(journal, 30, 5)
    await reopen()
    expect((await home.metadata.list('segment')).map(d => d.id)).toEqual(['000000000001', '000000000031'])
    expect((await home.metadata.verify()).problems).toEqual([])
  })

  it('runs by itself when a segment is full, and does nothing twice', async () => {
    const { metadata, journal } = home
    await appendEvents(journal, 0, 20)
    const sealed = new Promise<void>(resolve => { metadata.onSeal(async () => { resolve() }) })
    await Promise.all([journal.rotate(), sealed])
    expect(await metadata.seal({ force: true })).toBe(0)
    expect(await metadata.seal({ force: true })).toBe(0)
    expect(metadata.ledger.size).toBe(1)
  })

  it('goes on where a failure stopped it', async () => {
    const { metadata, journal } = home
    await appendEvents(journal, 0, 20)
    const stop = metadata.onSeal(() => Promise.reject(new Error('disk')))
    await expect(metadata.seal({ force: true })).rejects.toThrow('disk')
    stop()
    // As after a crash between sealing and its entry.
    await journal.seal(1)
    expect(await metadata.seal()).toBe(1)
    expect(metadata.ledger.size).toBe(1)
    expect((await metadata.verify()).problems).toEqual([])
  })
})

describe('principals', () => {
  it('the local token is the user of this machine, an admin; nobody may look and predict', async () => {
    const token = readFileSync(join(dir, 'local.token'), 'utf8').trim()
    expect(statSync(join(dir, 'local.token')).mode & 0o777).toBe(0o600)
    expect(await home.metadata.authenticate(token)).toEqual({ actor: localActor(), role: 'admin', mayPredict: true })
    expect(await home.metadata.authenticate(null)).toEqual({ actor: { kind: 'anonymous', name: 'loopback' }, role: 'viewer', mayPredict: true })
    for (const wrong of ['', 'x', `${token}x`, token.slice(0, -1), 'slipway_tok_x_y']) await expect(home.metadata.authenticate(wrong), wrong).rejects.toMatchObject({ code: 'unauthenticated' })
    await reopen()
    expect((await home.metadata.authenticate(token)).role).toBe('admin')
  })

  it('a made token speaks for its name until it is revoked, and is stored nowhere', async () => {
    const { id, token, ledger } = await createToken(home.metadata, ada, { name: 'ci', role: 'scientist', at: 0 })
    expect(await home.metadata.authenticate(token)).toEqual({ actor: { kind: 'token', name: 'ci' }, role: 'scientist', mayPredict: true })
    expect(JSON.stringify([await home.metadata.ledger.get(ledger), await home.metadata.list('token')])).not.toContain(token.slice(-43))
    await expect(home.metadata.authenticate(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(createToken(home.metadata, ada, { name: 'ci', role: 'viewer', at: 0 })).rejects.toMatchObject({ code: 'conflict' })
    await expect(createToken(home.metadata, ada, { name: 'a b', role: 'viewer', at: 0 })).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(createToken(home.metadata, ada, { name: 'b', role: 'god' as 'admin', at: 0 })).rejects.toMatchObject({ code: 'invalid_request' })
    await revokeToken(home.metadata, ada, 'ci')
    await expect(home.metadata.authenticate(token)).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(revokeToken(home.metadata, ada, id)).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('the clock of a home', () => {
  it('goes on from where it was set, after a restart', async () => {
    const clock = new SettableClock()
    expect(await readClock(home.metadata)).toBe(0)
    clock.set(1_700_000_000_000_000)
    await saveClock(home.metadata, ada, clock)
    await saveClock(home.metadata, ada, clock)
    expect((await home.metadata.ledger.list({ action: 'clock.set' })).length).toBe(1)
    await reopen()
    expect(await readClock(home.metadata)).toBe(clock.offset)
  })
})
