import { createHash, verify } from 'node:crypto'
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { resolveConfig } from '../../core/config.ts'
import { systemClock } from '../../core/clock.ts'
import { leafHash, merkleRoot, rootFromProof } from '../../core/merkle.ts'
import { readHomePaths, type Database, type HomePaths } from '../../store/index.ts'
import { change } from '../change.ts'
import { memoryDatabase, noBlobs } from '../fixtures/memory-database.ts'
import { openLedger, type Ledger } from './ledger.ts'
import type { Probe } from './log-file.ts'
import { parseCheckpoint, verifyNote } from './note.ts'
import { parseLine } from './record.ts'

const folders: string[] = []
afterEach(() => { for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true }) })

function newHome(): HomePaths {
  const dir = mkdtempSync(join(tmpdir(), 'slipway-ledger-'))
  folders.push(dir)
  mkdirSync(join(dir, 'journal'))
  return readHomePaths(dir)
}

const config = resolveConfig().config.ledger
const actor = { kind: 'user', name: 'ada' } as const
const open = (home: HomePaths, database: Database, probe?: Probe): Promise<Ledger> => openLedger({ home, database, config, probe })
const put = (ledger: Ledger, database: Database, id: string, body: Record<string, string | number> = { id }): Promise<number> =>
  change({ database, blobs: noBlobs, ledger, clock: systemClock }, { actor, action: 'note.put', subject: `note/${id}` }, tx => tx.put('note', id, body)).then(done => done.ledger)

const linesOf = (home: HomePaths): string[] => readFileSync(join(home.ledger, 'ledger.log'), 'utf8').split('\n').slice(0, -1)
const recomputedRoot = (home: HomePaths): string => Buffer.from(merkleRoot(Buffer.concat(linesOf(home).map(line => leafHash(line))))).toString('hex')

describe('the ledger', () => {
  it('numbers changes from 0, in order, under a checkpoint that covers them', async () => {
    const [home, database] = [newHome(), memoryDatabase()]
    const ledger = await open(home, database)
    expect([ledger.size, await put(ledger, database, 'a'), await put(ledger, database, 'b'), ledger.size]).toEqual([0, 0, 1, 2])
    const entry = await ledger.get(1)
    expect(entry).toMatchObject({ index: 1, actor: 'user:ada', action: 'note.put', subject: 'note/b', documents: [{ kind: 'note', id: 'b', revision: 1 }] })
    expect(verifyNote(await ledger.checkpoint(), readFileSync(join(home.ledger, 'verifier.pub'), 'utf8'))).toMatchObject({ size: 2, root: recomputedRoot(home) })
    expect(readdirSync(home.checkpoints).sort()).toEqual(['000000000000.note', '000000000001.note', '000000000002.note'])
    expect(await database.staged()).toEqual([])
    expect([await ledger.get(2), await ledger.get(-1), await ledger.get(0.5)]).toEqual([null, null, null])
    await ledger.close()
  })

  it('takes concurrent changes together, each with its own number', async () => {
    const [home, database] = [newHome(), memoryDatabase()]
    const ledger = await open(home, database)
    const numbers = await Promise.all(Array.from({ length: 50 }, (_, i) => put(ledger, database, String(i))))
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, i) => i))
    expect(readdirSync(home.checkpoints).length).toBeLessThan(30)
    expect(linesOf(home).map(line => parseLine(Buffer.from(line)).subject)).toEqual(numbers.map(i => `note/${i}`))
    await ledger.close()
  })

  it('signs checkpoints that a verifier needs only the vkey for', async () => {
    const [home, database] = [newHome(), memoryDatabase()]
    const ledger = await open(home, database)
    await put(ledger, database, 'a')
    // By the letter of C2SP signed-note and tlog-checkpoint, with nothing of ours.
    const [, name, id, key] = /^([^+]+)\+([0-9a-f]{8})\+(\S+)\n$/.exec(readFileSync(join(home.ledger, 'verifier.pub'), 'utf8')) as RegExpExecArray
    const typed = Buffer.from(key, 'base64')
    expect([name, typed[0], typed.length]).toEqual(['slipway', 1, 33])
    expect(createHash('sha256').update(Buffer.concat([Buffer.from(`${name}\n`), typed])).digest('hex').slice(0, 8)).toBe(id)
    const note = readFileSync(join(home.ledger, 'checkpoint'), 'utf8')
    const split = note.indexOf('\n\n')
    const text = note.slice(0, split + 1)
    const signature = /^— (\S+) (\S+)\n$/u.exec(note.slice(split + 2)) as RegExpExecArray
    const bytes = Buffer.from(signature[2], 'base64')
    expect([signature[1], bytes.subarray(0, 4).toString('hex'), bytes.length]).toEqual([name, id, 68])
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: typed.subarray(1).toString('base64url') }
    const { createPublicKey } = await import('node:crypto')
    expect(verify(null, Buffer.from(text), createPublicKey({ key: jwk, format: 'jwk' }), bytes.subarray(4))).toBe(true)
    expect(text.split('\n')).toEqual([name, '1', Buffer.from(recomputedRoot(home), 'hex').toString('base64'), ''])
    expect(statSync(join(home.keys, 'ledger.pem')).mode & 0o777).toBe(0o600)
    await ledger.close()
  })

  it('refuses a note in which any byte was changed', async () => {
    const [home, database] = [newHome(), memoryDatabase()]
    const ledger = await open(home, database)
    const note = Buffer.from(await ledger.checkpoint())
    const vkey = readFileSync(join(home.ledger, 'verifier.pub'), 'utf8')
    for (let i = 0; i < note.length; i++) for (const bit of [1, 2, 32, 128]) {
      const changed = Buffer.from(note)
      changed[i] ^= bit
      expect(() => verifyNote(changed.toString(), vkey), `byte ${i} ^ ${bit}`).toThrow()
    }
    expect(parseCheckpoint(note.toString()).size).toBe(0)
    await ledger.close()
  })

  it('proves that an entry is in the tree, of any size since', async () => {
    const [home, database] = [newHome(), memoryDatabase()]
    const ledger = await open(home, database)
    for (let i = 0; i < 13; i++) await put(ledger, database, String(i))
    for (let size = 1; size <= 13; size++) for (let index = 0; index < size; index++) {
      const proof = await ledger.prove(index, size)
      const root = rootFromProof(Buffer.from(proof.leaf, 'hex'), index, size, proof.path.map(step => Buffer.from(step, 'hex')))
      expect(Buffer.from(root ?? []).toString('hex')).toBe(proof.root)
      expect(proof.root).toBe(parseCheckpoint(readFileSync(join(home.checkpoints, `${String(size).padStart(12, '0')}.note`), 'utf8')).root)
    }
    await expect(ledger.prove(13)).rejects.toMatchObject({ code: 'not_found' })
    await expect(ledger.prove(3, 3)).rejects.toMatchObject({ code: 'invalid_request' })
    await ledger.close()
  })

  it('lists by subject and action, and tells the trail of a document', async () => {
    const [home, database] = [newHome(), memoryDatabase()]
    let ledger = await open(home, database)
    for (const id of ['a', 'b', 'a', 'c', 'a']) await put(ledger, database, id)
    await ledger.close()
    ledger = await open(home, database)
    const indexes = async (options: Parameters<Ledger['list']>[0]): Promise<number[]> => (await ledger.list(options)).map(entry => entry.index)
    expect(await indexes({ subject: 'note/a' })).toEqual([0, 2, 4])
    expect(await indexes({ subject: 'note/a', reverse: true, limit: 2 })).toEqual([4, 2])
    expect(await indexes({ after: 2 })).toEqual([3, 4])
    expect(await indexes({ after: 2, reverse: true })).toEqual([1, 0])
    expect(await indexes({ action: 'nothing' })).toEqual([])
    await put(ledger, database, 'a')
    expect((await ledger.trail('note', 'a')).map(entry => [entry.index, entry.documents[0].revision])).toEqual([[0, 1], [2, 2], [4, 3], [5, 4]])
    await ledger.close()
  })

  it('stays with the name and the key it began with', async () => {
    const [home, database] = [newHome(), memoryDatabase()]
    await (await open(home, database)).close()
    const ledger = await openLedger({ home, database, config: { ...config, origin: 'other' } })
    expect(parseCheckpoint(await ledger.checkpoint()).origin).toBe('slipway')
    await ledger.close()
    rmSync(join(home.keys, 'ledger.pem'))
    await expect(open(home, database)).rejects.toMatchObject({ code: 'corrupt' })
    await expect(openLedger({ home: newHome(), database, config: { ...config, origin: 'has space' } })).rejects.toMatchObject({ code: 'invalid_config' })
  })
})

describe('recovery', () => {
  const steps = ['log.write', 'log.sync', 'leaves.write', 'leaves.sync', 'checkpoint', 'copy', 'unstage'] as const

  it('places every committed change exactly once, whatever step the process dies at', async () => {
    const plan = fc.array(fc.record({
      changes: fc.integer({ min: 1, max: 5 }),
      step: fc.constantFrom(...steps, null),
      /** How much of an unsynced log write reached the disk: a share of its bytes. */
      torn: fc.double({ min: 0, max: 1, noNaN: true }),
      loseLeaves: fc.boolean(),
    }), { minLength: 1, maxLength: 6 })
    await fc.assert(fc.asyncProperty(plan, async rounds => {
      const [home, database] = [newHome(), memoryDatabase()]
      const committed: string[] = []
      let id = 0
      for (const { changes, step, torn, loseLeaves } of rounds) {
        let synced = 0
        let dead = false
        const log = join(home.ledger, 'ledger.log')
        const ledger = await open(home, database, at => {
          if (at === 'log.write') synced = statSync(log).size
          if (dead || at === step) { dead = true; throw new Error('crash') }
        }).catch(() => null)
        if (ledger !== null) {
          await Promise.allSettled(Array.from({ length: changes }, () => put(ledger, database, `n${id++}`)))
          await ledger.close()
        }
        for (const { subject } of [...linesOf(home).map(line => parseLine(Buffer.from(line))), ...(await database.staged()).map(entry => entry.record as unknown as { subject: string })]) if (!committed.includes(subject)) committed.push(subject)
        if (step === 'log.sync') truncateSync(log, Math.round(synced + torn * (statSync(log).size - synced)))
        if (step === 'leaves.sync' && loseLeaves) truncateSync(join(home.ledger, 'leaves.bin'), Math.floor(statSync(join(home.ledger, 'leaves.bin')).size * torn))
      }
      const ledger = await open(home, database)
      const subjects = linesOf(home).map(line => parseLine(Buffer.from(line)).subject)
      expect(subjects).toHaveLength(id)
      expect(new Set(subjects).size).toBe(id)
      expect(subjects).toEqual(committed)
      expect(linesOf(home).map(line => parseLine(Buffer.from(line)).index)).toEqual(subjects.map((_, i) => i))
      expect(parseCheckpoint(await ledger.checkpoint())).toMatchObject({ size: id, root: recomputedRoot(home) })
      expect(readFileSync(join(home.ledger, 'leaves.bin')).equals(Buffer.concat(linesOf(home).map(line => leafHash(line))))).toBe(true)
      expect(readdirSync(home.checkpoints)).toContain(`${String(id).padStart(12, '0')}.note`)
      expect(await database.staged()).toEqual([])
      await ledger.close()
    }), { numRuns: 20 })
  })

  it('writes again what reached the disk damaged before it was synced', async () => {
    for (const at of ['first', 'second'] as const) {
      const [home, database] = [newHome(), memoryDatabase()]
      const log = join(home.ledger, 'ledger.log')
      const ledger = await open(home, database, step => { if (step === 'log.sync') throw new Error('crash') })
      await Promise.allSettled(['a', 'b', 'c'].map(id => put(ledger, database, id)))
      await ledger.close()
      // Whole lines, of which one came as zeros: only the synced prefix counts, and what is staged is written again.
      const bytes = readFileSync(log)
      const start = at === 'first' ? 0 : bytes.indexOf(10) + 1
      expect(bytes.length).toBeGreaterThan(start)
      writeFileSync(log, bytes.fill(0, start, bytes.indexOf(10, start)))
      const again = await open(home, database)
      expect(linesOf(home).map(line => parseLine(Buffer.from(line)).subject)).toEqual(['note/a', 'note/b', 'note/c'])
      expect(parseCheckpoint(await again.checkpoint())).toMatchObject({ size: 3, root: recomputedRoot(home) })
      await again.close()
    }
  })

  it('goes on after a failure that passes, without a restart', async () => {
    const [home, database] = [newHome(), memoryDatabase()]
    for (const step of ['log.write', 'log.sync', 'leaves.write', 'leaves.sync', 'checkpoint', 'unstage'] as const) {
      let full = true
      const ledger = await open(home, database, at => { if (full && at === step) throw Object.assign(new Error('no space'), { code: 'ENOSPC' }) })
      const before = ledger.size
      const failed = put(ledger, database, `${step}-1`)
      if (step === 'unstage') await failed
      else if (step === 'checkpoint') await expect(failed).rejects.toMatchObject({ code: 'ENOSPC' })
      else await expect(failed).rejects.toMatchObject({ code: 'storage_full' })
      full = false
      expect(await put(ledger, database, `${step}-2`)).toBe(before + 1)
      expect([ledger.size, recomputedRoot(home)]).toEqual([before + 2, parseCheckpoint(await ledger.checkpoint()).root])
      await ledger.close()
    }
  })

  it('refuses what it did not write', async () => {
    const make = async (): Promise<[HomePaths, Database]> => {
      const [home, database] = [newHome(), memoryDatabase()]
      const ledger = await open(home, database)
      for (let i = 0; i < 4; i++) await put(ledger, database, String(i))
      await ledger.close()
      return [home, database]
    }
    const damage: [string, (home: HomePaths) => void][] = [
      ['a line that nobody staged', home => { appendFileSync(join(home.ledger, 'ledger.log'), `${linesOf(home)[0]}\n`) }],
      ['a cut log', home => { const log = join(home.ledger, 'ledger.log'); truncateSync(log, statSync(log).size - 5) }],
      ['an older checkpoint', home => { writeFileSync(join(home.ledger, 'checkpoint'), readFileSync(join(home.checkpoints, '000000000002.note'))) }],
      ['no checkpoint', home => { rmSync(join(home.ledger, 'checkpoint')) }],
      ['a changed leaf', home => { const path = join(home.ledger, 'leaves.bin'); const leaves = readFileSync(path); leaves[40] ^= 1; writeFileSync(path, leaves) }],
      ['another verifier', home => { const path = join(home.ledger, 'verifier.pub'); writeFileSync(path, readFileSync(path, 'utf8').replace('slipway', 'slipwaY')) }],
    ]
    for (const [what, harm] of damage) {
      const [home, database] = await make()
      harm(home)
      await expect(open(home, database), what).rejects.toMatchObject({ code: 'corrupt' })
    }
  })

  it('keeps the copies of many ledgers in one outside folder apart', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'slipway-copies-'))
    folders.push(outside)
    for (let i = 0; i < 2; i++) {
      const ledger = await openLedger({ home: newHome(), database: memoryDatabase(), config: { ...config, checkpoints: outside } })
      await ledger.close()
    }
    expect(readdirSync(outside)).toHaveLength(2)
  })
})
