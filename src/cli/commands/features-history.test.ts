import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLog } from '../../core/log.ts'
import { openSmallHome, type SmallHome } from '../../http/fixtures/small-home.ts'
import { openServer, type Server } from '../../http/index.ts'
import { sha256 } from '../../core/digest.ts'
import { main } from '../main.ts'

let home: SmallHome
let server: Server
let folder: string
beforeAll(async () => {
  home = await openSmallHome()
  server = await openServer(home.platform, { host: '127.0.0.1', port: 0, log: openLog({ level: 'silent' }) })
  writeFileSync(join(home.dir, 'server.json'), JSON.stringify({ url: server.url, pid: process.pid }))
  folder = mkdtempSync(join(tmpdir(), 'slipway-cli-history-'))
  writeFileSync(join(folder, 'asked.csv'), 'shop,event_timestamp,items,express,country\nnorth,2026-01-02T00:00Z,1,true,DE\nnowhere,2026-01-02,2,false,FR\n')
})
afterAll(async () => { await server.close(); await home.remove(); rmSync(folder, { recursive: true, force: true }) })

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await main(['features', 'history', ...argv, '--home', home.dir], { stdout: { write: (t: string) => { out += t } }, stderr: { write: (t: string) => { err += t } }, env: {}, cwd: folder })
  return { code, out, err }
}
const GOOD = ['--rows', 'asked.csv', '--features', 'recent.count_1h', '--out', 'answer.parquet', '--purpose', 'a test']

describe('slipway features history', () => {
  it('writes the rows with their features, and says where it is recorded', async () => {
    const said = await run(...GOOD)
    expect([said.code, said.err]).toEqual([0, ''])
    expect(said.out).toMatch(/^✓ 2 rows with their features in answer\.parquet \([\d,]+ bytes\)\nrecorded as ledger entry \d+\n$/)
    const facts = JSON.parse((await run('--rows', 'asked.csv', '--service', 'order', '--mode', 'eventTime', '--out', 'service.parquet', '--purpose', 'all', '--json')).out) as { rows: number; digest: string; ledger: number }
    expect(facts).toMatchObject({ rows: 2, digest: sha256(readFileSync(join(folder, 'service.parquet'))) })
    expect(await home.platform.metadata.ledger.get(facts.ledger)).toMatchObject({ action: 'features.read', details: { mode: 'eventTime', purpose: 'all' } })
    expect(readdirSync(folder).sort()).toEqual(['answer.parquet', 'asked.csv', 'service.parquet'])
  })

  it.each<[string[], number, string]>([
    [['--features', 'recent.count_1h', '--out', 'a.parquet', '--purpose', 'p'], 2, '--rows FILE'], [[...GOOD, '--service', 'order'], 2, 'one of the two'], [[...GOOD.slice(0, 6), '--purpose', 'p', '--mode', 'both'], 2, '--mode'],
    [['--rows', 'asked.txt', ...GOOD.slice(2)], 2, '.csv'], [['--rows', 'none.csv', ...GOOD.slice(2)], 2, 'There is no file'], [[...GOOD.slice(0, 4), '--out', 'a.csv', '--purpose', 'p'], 2, '.parquet'],
    [[...GOOD.slice(0, 4), '--out', 'nowhere/a.parquet', '--purpose', 'p'], 2, 'cannot be written'], [['--rows', 'asked.csv', '--features', 'recent.count', '--out', 'a.parquet', '--purpose', 'p'], 2, 'Did you mean'],
    [[...GOOD.slice(0, 6), '--purpose', ' '], 2, 'purpose'], [[...GOOD, '--timestamp', 'when'], 2, 'when'],
  ])('refuses %j', async (argv, code, mentions) => {
    const said = await run(...argv)
    expect([said.code, said.out], said.err).toEqual([code, ''])
    expect(said.err).toContain(mentions)
    expect(readdirSync(folder).filter(f => f.endsWith('.part'))).toEqual([])
  })
})
