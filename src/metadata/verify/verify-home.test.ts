import { appendFileSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../core/ports/engine.ts'
import { buildSmallHome, openEngine, openSmallHome } from '../fixtures/small-home.ts'
import type { VerifyReport } from '../metadata.ts'
import type { EngineSource } from '../../store/index.ts'
import { verifyHome } from './verify-home.ts'

/** SLIPWAY_FLIPS=20 looks at twenty times as many positions. */
const MORE = Number(process.env.SLIPWAY_FLIPS ?? 1)

let original: string
let shared: Engine
let home: string
beforeAll(async () => { original = await buildSmallHome(); shared = await openEngine() })
afterAll(async () => { await shared.close(); rmSync(original, { recursive: true, force: true }) })

const made: string[] = []
afterEach(() => { for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true }) })

/** A copy to damage. */
function copy(): string {
  home = mkdtempSync(join(tmpdir(), 'slipway-damaged-'))
  made.push(home)
  cpSync(original, home, { recursive: true })
  return home
}

/** Changes one bit of one byte of a file, and gives back how to undo it. */
function flip(file: string, position: number, bit = 1): () => void {
  const bytes = readFileSync(join(home, file))
  const changed = Buffer.from(bytes)
  changed[position] ^= bit
  writeFileSync(join(home, file), changed)
  return () => { writeFileSync(join(home, file), bytes) }
}

const sizeOf = (file: string): number => statSync(join(home, file)).size
const verify = (source: EngineSource = shared): Promise<VerifyReport> => verifyHome(home, { engine: source })
const places = (report: VerifyReport): string => report.problems.map(p => `${p.place}: ${p.what}`).join('\n')

/** Positions spread over a file, its ends among them. */
function spread(size: number, n: number): number[] {
  return [...new Set([0, size - 1, ...Array.from({ length: n }, (_, i) => Math.floor(((i + 0.5) * size) / n))])]
}

describe('a sound home', () => {
  it('verifies, says what was checked, and is left as it is', async () => {
    copy()
    const before = readdirSync(home, { recursive: true }).sort()
    const report = await verify()
    expect(places(report)).toBe('')
    expect(report.ok).toBe(true)
    const counts = Object.fromEntries(report.checked.map(c => [c.what, c.count]))
    expect(counts).toMatchObject({ 'ledger entries': 31, 'sealed segments': 2, 'sealed rows': 80, 'open journal files': 1, 'open journal rows': 20, blobs: 1, 'release zips': 1, documents: 11, 'pending entries': 0 })
    expect(counts.checkpoints).toBe(33)
    expect(readdirSync(home, { recursive: true }).sort().filter(name => !String(name).startsWith('slipway.db-'))).toEqual(before.filter(name => !String(name).startsWith('slipway.db-')))
  })

  it('verifies while its owner goes on writing', async () => {
    copy()
    const opened = await openSmallHome(home)
    let writing = true
    const writer = (async () => {
      for (let i = 0; writing; i++) await opened.metadata.change({ actor: { kind: 'user', name: 'ada' }, action: 'note.put', subject: 'note/busy' }, tx => tx.put('note', 'busy', { i }))
    })()
    for (let i = 0; i < 3; i++) {
      const report = await opened.metadata.verify()
      expect(places(report)).toBe('')
    }
    writing = false
    await writer
    await opened.close()
    expect((await verify()).ok).toBe(true)
  })

  it('is refused when there is none, and is not ok when there is nothing in it', async () => {
    await expect(verifyHome(join(tmpdir(), 'no-such-home'), { engine: openEngine })).rejects.toMatchObject({ code: 'not_found' })
    const empty = mkdtempSync(join(tmpdir(), 'slipway-empty-'))
    made.push(empty)
    home = empty
    writeFileSync(join(empty, 'slipway.db'), '')
    expect((await verify()).ok).toBe(false)
  })
})

describe('one changed byte is found, and its file is named', () => {
  const everywhere = async (file: string, positions: number, named: (position: number) => string | RegExp = () => file): Promise<void> => {
    for (const position of spread(sizeOf(file), positions * MORE)) {
      const undo = flip(file, position, position % 2 === 0 ? 1 : 64)
      // A damaged Parquet file may take its engine down.
      const report = await verify(file.endsWith('.parquet') ? openEngine : shared)
      undo()
      expect(report.ok, `${file} byte ${position}`).toBe(false)
      expect(report.problems[0].place, `${file} byte ${position}: ${places(report)}`).toMatch(named(position))
      expect(report.problems.every(p => p.what !== '' && p.remedy !== '')).toBe(true)
      // Nothing but the file that was changed is accused.
      expect(report.problems.filter(p => !p.place.includes(file.replace('.note', ''))).map(p => `${p.place}: ${p.what}`), `${file} byte ${position}`).toEqual([])
    }
  }

  it('in ledger.log, with the line', async () => {
    copy()
    const lineOf = (position: number): number => readFileSync(join(original, 'ledger/ledger.log')).subarray(0, position).filter(b => b === 10).length + 1
    await everywhere('ledger/ledger.log', 14, position => new RegExp(`^ledger/ledger\\.log line ${lineOf(position)}$`))
  })

  it('in leaves.bin, with the entry', async () => {
    copy()
    await everywhere('ledger/leaves.bin', 6, position => `ledger/leaves.bin entry ${Math.floor(position / 32)} `)
  })

  it('in the checkpoint, every kept one, and the keys', async () => {
    copy()
    await everywhere('ledger/checkpoint', 8)
    for (const size of ['000000000000', '000000000007', '000000000031']) await everywhere(`checkpoints/${size}.note`, 3)
    await everywhere('ledger/verifier.pub', 4)
  })

  it('in sealed segments', async () => {
    copy()
    for (const first of ['000000000001', '000000000041']) for (const file of readdirSync(join(home, 'segments', first))) await everywhere(`segments/${first}/${file}`, 2)
  })

  it('in the open journal', async () => {
    copy()
    const [file] = readdirSync(join(home, 'journal')).filter(name => statSync(join(home, 'journal', name)).isFile())
    await everywhere(`journal/${file}`, 10)
  })

  it('in a release and in a blob, with the document that it belongs to', async () => {
    copy()
    await everywhere('releases/delay-000001.zip', 3)
    const folder = readdirSync(join(home, 'blobs')).find(name => /^[0-9a-f]{2}$/.test(name)) as string
    const file = `blobs/${folder}/${readdirSync(join(home, 'blobs', folder))[0]}`
    await everywhere(file, 2)
    rmSync(join(home, file))
    const report = await verify()
    expect(report.problems).toEqual([expect.objectContaining({ place: file, what: expect.stringContaining('release/delay@000001') as string })])
  })

  it('in the bodies of documents', async () => {
    copy()
    const db = new DatabaseSync(join(home, 'slipway.db'))
    const rows = db.prepare('SELECT kind, id, body FROM document').all() as { kind: string; id: string; body: string }[]
    expect(rows).toHaveLength(11)
    const write = db.prepare('UPDATE document SET body = ? WHERE kind = ? AND id = ?')
    for (const { kind, id, body } of rows) for (const position of spread(body.length, MORE).slice(1)) {
      const changed = Buffer.from(body)
      changed[position] ^= 1
      write.run(changed.toString(), kind, id)
      const report = await verify()
      expect(report.problems.some(p => p.place === `slipway.db document ${kind}/${id}`), `${kind}/${id} byte ${position}: ${places(report)}`).toBe(true)
      write.run(body, kind, id)
    }
    db.exec(`DELETE FROM document WHERE id = 'n4'; INSERT INTO document VALUES ('note', 'n3', 1, '{}', 0); UPDATE document SET revision = 1 WHERE id = 'n5'`)
    db.close()
    expect((await verify()).problems.map(p => p.place).sort()).toEqual(['slipway.db document note/n3', 'slipway.db document note/n4', 'slipway.db document note/n5'])
  })

  it('in the bytes of slipway.db that hold a document', async () => {
    copy()
    new DatabaseSync(join(home, 'slipway.db')).exec('PRAGMA wal_checkpoint(TRUNCATE)')
    const bytes = readFileSync(join(home, 'slipway.db'))
    for (const text of ['a note with number 26', 'delay-000001.zip', 'note with number 22']) {
      const undo = flip('slipway.db', bytes.lastIndexOf(text) + 3)
      const report = await verify()
      undo()
      expect(report.problems[0]?.place).toMatch(/^slipway\.db document /)
    }
    for (const position of [0, 20, 100, 4096]) {
      const undo = flip('slipway.db', position, 128)
      const report = await verify()
      undo()
      expect(report.problems[0]?.place, `byte ${position}`).toMatch(/^slipway\.db/)
    }
  })
})

describe('larger damage', () => {
  const cases: [string, (at: (file: string) => string) => void, RegExp][] = [
    ['the last line is cut', at => { truncateSync(at('ledger/ledger.log'), sizeOf('ledger/ledger.log') - 1) }, /^ledger\/ledger\.log line 31$/],
    ['a line is removed', at => { writeFileSync(at('ledger/ledger.log'), readFileSync(at('ledger/ledger.log'), 'utf8').split('\n').toSpliced(9, 1).join('\n')) }, /^ledger\/ledger\.log line 10$/],
    ['two lines change places', at => { const lines = readFileSync(at('ledger/ledger.log'), 'utf8').split('\n'); writeFileSync(at('ledger/ledger.log'), lines.with(4, lines[5]).with(5, lines[4]).join('\n')) }, /^ledger\/ledger\.log line 5$/],
    ['a line is added', at => { appendFileSync(at('ledger/ledger.log'), `${readFileSync(at('ledger/ledger.log'), 'utf8').split('\n')[0]}\n`) }, /^ledger\/ledger\.log line 32$/],
    ['an older checkpoint is put back', at => { cpSync(at('checkpoints/000000000020.note'), at('ledger/checkpoint')) }, /^ledger\/checkpoint$/],
    ['ledger and checkpoint are cut together', at => {
      const lines = readFileSync(at('ledger/ledger.log'), 'utf8').split('\n')
      writeFileSync(at('ledger/ledger.log'), lines.slice(0, 20).join('\n') + '\n')
      truncateSync(at('ledger/leaves.bin'), 20 * 32)
      cpSync(at('checkpoints/000000000020.note'), at('ledger/checkpoint'))
    }, /^ledger\/checkpoint$/],
    ['the checkpoint is gone', at => { rmSync(at('ledger/checkpoint')) }, /^ledger\/checkpoint$/],
    ['a sealed segment is gone', at => { rmSync(at('segments/000000000041'), { recursive: true }) }, /^segments\/000000000041$/],
    ['the database is gone', at => { for (const name of readdirSync(home)) if (name.startsWith('slipway.db')) rmSync(at(name)) }, /^slipway\.db$/],
    ['the release is gone', at => { rmSync(at('releases/delay-000001.zip')) }, /^releases\/delay-000001\.zip$/],
  ]
  it.each(cases)('%s', async (_what, harm, place) => {
    copy()
    harm(file => join(home, file))
    const report = await verify()
    expect(report.ok).toBe(false)
    expect(report.problems.map(p => p.place)).toContainEqual(expect.stringMatching(place) as string)
  })

  it('opens again after a crash, with what was found sound', async () => {
    copy()
    const opened = await openSmallHome(home)
    expect(opened.metadata.ledger.size).toBeGreaterThanOrEqual(31)
    await opened.close()
    expect(existsSync(join(home, 'segments/000000000081'))).toBe(true)
    expect((await verify()).ok).toBe(true)
  })
})
