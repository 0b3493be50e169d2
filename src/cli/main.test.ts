import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLog } from '../core/log.ts'
import { ENDPOINT, GOOD_BODY, openSmallHome, PROJECT, writeData, type SmallHome } from '../http/fixtures/small-home.ts'
import { openServer } from '../http/index.ts'
import { openPlatform } from '../platform.ts'
import { COMMANDS } from './commands.ts'
import type { Entry } from './command.ts'
import { main } from './main.ts'

interface Outcome { code: number; out: string; err: string }
async function run(...argv: string[]): Promise<Outcome> {
  let out = ''
  let err = ''
  const code = await main(argv, { stdout: { write: (t: string) => { out += t } }, stderr: { write: (t: string) => { err += t } }, env: {}, cwd: folder })
  return { code, out, err }
}
const json = (o: Outcome): Record<string, unknown> => JSON.parse(o.out) as Record<string, unknown>

let folder: string
let home: SmallHome
let dir: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-cli-'))
  writeFileSync(join(folder, 'slipway.json'), JSON.stringify(PROJECT))
  writeData(folder)
  home = await openSmallHome()
  dir = home.dir
  await home.platform.close()
})
afterAll(async () => { await home.remove(); rmSync(folder, { recursive: true, force: true }) })

function leaves(entry: Entry, path: string[] = []): string[][] {
  return 'commands' in entry ? Object.entries(entry.commands).flatMap(([name, e]) => leaves(e, [...path, name])) : [path]
}

describe('help', () => {
  it.each(leaves(COMMANDS))('%s %s', async (...path) => {
    const words = path.filter(p => typeof p === 'string')
    const { code, out, err } = await run(...words, '--help')
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(`Usage  slipway ${words.join(' ')}`)
    for (const option of ['--json', '--home DIR', 'Examples']) expect(out).toContain(option)
  })

  it('of a group, of all, and of nothing', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('verify') as string })
    expect(await run('features', '--help')).toMatchObject({ code: 0, out: expect.stringContaining('check') as string })
    expect((await run()).code).toBe(2)
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('what is not a command line', () => {
  it.each<[string[], string]>([
    [['trase'], 'Did you mean "trace"?'], [['features', 'chek'], 'Did you mean "check"?'], [['trace'], 'needs PREDICTION'], [['trace', 'a', 'b'], 'only PREDICTION'],
    [['verify', '--hom', 'x'], 'Did you mean "--home"?'], [['verify', '--home'], 'needs a value'], [['verify', '--json=maybe'], 'takes no value'], [['verify', '-j'], 'no option -j'],
    [['train', 'm'], '--from'], [['serve', '--port', 'eighty'], '--port must be a whole number'], [['serve', '--port', '99999'], '65535'], [['replay'], '--random'],
    [['replay', 'x', '--random', '3'], '--random'], [['explain', 'x', '--top', '0'], '--top'], [['what-if'], 'needs PREDICTION'], [['deploy', 'x', '--release', '0'], '--release'], [['verify', 'everything'], 'takes no words'],
  ])('%j', async (argv, mentions) => {
    const { code, out, err } = await run(...argv, '--home', dir)
    expect([code, out], err).toEqual([2, ''])
    expect(err).toContain(mentions)
    expect(err).toContain('→')
    expect(err).not.toMatch(/\bat .*:\d+:\d+/)
  })

  it('is told as a problem with --json', async () => {
    const o = await run('trace', 'x', '--json', '--home', join(folder, 'nowhere'))
    expect(o.code).toBe(2)
    expect(json(o)).toMatchObject({ code: 'not_found', remedy: expect.stringContaining('--home') as string })
  })
})

describe('a home that no server owns', () => {
  it('answers every question in this process', async () => {
    const predicted = json(await run('predict', ENDPOINT, '--data', JSON.stringify(GOOD_BODY), '--json', '--home', dir))
    expect(predicted).toMatchObject({ release: `${ENDPOINT}@000001` })
    const id = String(predicted.id)
    expect(json(await run('replay', id, '--json', '--home', dir))).toMatchObject({ id, equal: true })
    expect((await run('replay', id, '--home', dir)).out).toMatch(/✓ equal to the bit[\s\S]*logged[\s\S]*0x[0-9a-f]{16}[\s\S]*replayed/)
    const trace = await run('trace', id, '--json', '--home', dir)
    expect((json(trace).steps as { step: string }[]).map(s => s.step)).toEqual(expect.arrayContaining(['prediction', 'features', 'release', 'gate', 'approval', 'run', 'training set', 'dataset version', 'deployment', 'outcome']))
    const shown = await run('trace', id, '--home', dir)
    for (const text of [`${ENDPOINT} answered`, 'recent.mean_1h', 'policy:fixture', 'orders: 900 rows', 'the truth is not known yet']) expect(shown.out).toContain(text)
    expect(json(await run('features', 'check', '--json', '--home', dir))).toMatchObject({ checks: [{ endpoint: ENDPOINT, different: 0 }] })
    expect(json(await run('features', 'status', '--json', '--home', dir))).toMatchObject({ views: [{ name: 'recent' }], online: { sources: [{ source: 'sales' }] } })
  })

  it('explains a prediction, and says what would be', async () => {
    const { id, output } = json(await run('predict', ENDPOINT, '--data', JSON.stringify(GOOD_BODY), '--json', '--home', dir)) as { id: string; output: number }
    const explained = json(await run('explain', id, '--json', '--home', dir)) as unknown as { base: number; raw: number; contributions: { contribution: number }[] }
    expect(explained).toMatchObject({ id, output, additive: true })
    expect(explained.contributions.reduce((sum, c) => sum + c.contribution, explained.base)).toBeCloseTo(explained.raw, 11)
    const shown = await run('explain', id, '--top', '2', '--home', dir)
    expect(shown.out).toMatch(/late-order answered \d+\.\d %, (yes|no)[\s\S]*base[\s\S]*│[\s\S]*4 more[\s\S]*sum/)
    const sizes = shown.out.split('\n').filter(line => line.includes('│')).map(line => Math.abs(Number(/[+−](\d+\.\d+)/.exec(line)?.[1])))
    expect(sizes).toHaveLength(3)
    expect(sizes[0]).toBeGreaterThanOrEqual(sizes[1])

    const answer = json(await run('what-if', id, '--set', 'items=7', '--set=country=FR', '--set', 'weight=', '--json', '--home', dir))
    expect(answer).toMatchObject({ before: { output }, changed: [{ feature: 'items', from: 3, to: 7 }, { feature: 'weight', from: 2.4, to: null }, { feature: 'country', from: 'DE', to: 'FR' }] })
    const said = await run('what-if', id, '--set', 'items=7', '--release', '1', '--explain', '--home', dir)
    expect(said.out).toMatch(/by late-order@000001\nwas .*\n {2}items {2}3 {2}→ {2}7\n[\s\S]*base[\s\S]*sum/)
    expect((await run('what-if', id, '--home', dir)).out).toContain('no value differs')
    expect(await run('what-if', id, '--set', 'itms=7', '--home', dir)).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean "items"?') as string })
    expect(await run('what-if', id, '--set', 'items=many', '--home', dir)).toMatchObject({ code: 2, err: expect.stringContaining('items must be a whole number') as string })
    expect(await run('what-if', id, '--set', 'items', '--home', dir)).toMatchObject({ code: 2, err: expect.stringContaining('NAME=VALUE') as string })
    expect(await run('explain', 'pred_x', '--home', dir)).toMatchObject({ code: 2, err: expect.stringContaining('pred_x') as string })
  })

  it('plans, applies, deploys and rolls back, and says so before it does', async () => {
    expect(json(await run('plan', '--json', '--home', dir))).toMatchObject({ differences: [] })
    writeFileSync(join(folder, 'changed.json'), JSON.stringify({ ...PROJECT, endpoints: [{ ...PROJECT.endpoints[0], description: 'Late?' }] }))
    const plan = await run('plan', '--project', 'changed.json', '--home', dir)
    expect(plan.out).toContain(`~ ${ENDPOINT}`)
    expect(plan.out).toContain('description: Will this order come late? → Late?')
    expect(json(await run('apply', '--dry-run', '--json', '--home', dir))).toMatchObject({ dryRun: true, ledger: null })
    expect(await run('deploy', ENDPOINT, '--dry-run', '--home', dir)).toMatchObject({ code: 0, out: expect.stringContaining('nothing was changed') as string })
    expect(await run('rollback', ENDPOINT, '--home', dir)).toMatchObject({ code: 1, err: expect.stringContaining('no earlier deployment') as string })
    expect(await run('train', 'lateness', '--from', '2026-01-01', '--to', '2026-01-04', '--dry-run', '--home', dir)).toMatchObject({ code: 0, out: expect.stringContaining('Would train lateness@2') as string })
  })

  it('trains with gate and approval, deploys, rolls back and takes that back', async () => {
    const trained = json(await run('train', 'lateness', '--from', '2026-01-01', '--to', '2026-01-08', '--json', '--home', dir))
    expect(trained).toMatchObject({ version: { version: 2 }, gate: { passed: true }, approval: { actor: 'policy:fixture' } })
    expect(json(await run('deploy', ENDPOINT, '--json', '--home', dir))).toMatchObject({ action: 'deploy', from: { release: `${ENDPOINT}@000001` }, to: { release: `${ENDPOINT}@000002` } })
    expect(json(await run('rollback', ENDPOINT, '--json', '--home', dir))).toMatchObject({ to: { release: `${ENDPOINT}@000001` } })
    const undone = await run('rollback', ENDPOINT, '--undo', '--home', dir)
    expect(undone.out).toContain(`${ENDPOINT}@000001 → ${ENDPOINT}@000002`)
  })

  it('gives a challenger a share, changes it, promotes or withdraws it', async () => {
    const challenge = (...words: string[]) => run('deploy', ENDPOINT, '--release', '1', '--role', 'challenger', ...words, '--home', dir)
    expect(await challenge('--share', 'half')).toMatchObject({ code: 2, err: expect.stringContaining('--share is a part') as string })
    expect(await challenge('--share', '1')).toMatchObject({ code: 2, err: expect.stringContaining('less than 1') as string })
    expect((await challenge('--share', '0.25', '--dry-run')).out).toMatch(new RegExp(`${ENDPOINT} challenger: none → ${ENDPOINT}@000001[\\s\\S]*champion share +1 +→ +0.75[\\s\\S]*nothing was changed`))
    expect(await run('promote', ENDPOINT, '--home', dir)).toMatchObject({ code: 1, err: expect.stringContaining('no challenger to promote') as string })
    expect((await challenge('--share', '0.25')).out).toContain('recorded as ledger entry')
    expect(await run('deploy', ENDPOINT, '--release', '2', '--home', dir)).toMatchObject({ code: 3, err: expect.stringContaining('Withdraw or promote the challenger first') as string })
    expect(json(await run('promote', ENDPOINT, '--dry-run', '--json', '--home', dir))).toMatchObject({ action: 'promote', to: { release: `${ENDPOINT}@000001` }, dryRun: true })
    expect((await run('withdraw', ENDPOINT, '--home', dir)).out).toMatch(new RegExp(`challenger: ${ENDPOINT}@000001 → none`))
    expect(await run('withdraw', ENDPOINT, '--home', dir)).toMatchObject({ code: 1, err: expect.stringContaining('no challenger to withdraw') as string })
  })

  it('practises a failure', async () => {
    const drill = (...words: string[]) => run('drill', ENDPOINT, ...words, '--home', dir)
    const until = new Date(Date.now() + 3_600_000).toISOString()
    expect((await drill()).out).toContain('No failure')
    expect(await drill('--until', until)).toMatchObject({ code: 2, err: expect.stringContaining('--fault') as string })
    expect(await drill('--fault', 'model', '--until', until, '--reason', 'a look')).toMatchObject({ code: 2, err: expect.stringContaining('declares no fallback') as string })
    expect((await drill('--fault', 'model', '--until', until, '--reason', 'a look', '--force', '--dry-run')).out).toContain('would fail')
    const { drill: { id } } = json(await drill('--fault', 'model', '--until', until, '--reason', 'a look', '--force', '--json')) as { drill: { id: string } }
    expect(await run('predict', ENDPOINT, '--data', JSON.stringify(GOOD_BODY), '--home', dir)).toMatchObject({ code: 1, err: expect.stringContaining(`The drill ${id}`) as string })
    expect((await drill('--end', id)).out).toContain('ended at')
    expect(await run('predict', ENDPOINT, '--data', JSON.stringify(GOOD_BODY), '--home', dir)).toMatchObject({ code: 0 })
    expect((await drill()).out).toContain('a look')
  })

  it('monitors what it declares, and reports', async () => {
    expect(await run('monitor', '--home', dir)).toMatchObject({ code: 0, out: expect.stringContaining('No monitors are registered') as string })
    const monitors = [{ name: 'ranking', kind: 'quality', endpoint: ENDPOINT, metric: 'auc', limit: 0.6, window: '7d', every: '1d', severity: 'page' }]
    writeFileSync(join(folder, 'monitored.json'), JSON.stringify({ ...PROJECT, monitors }))
    expect((await run('apply', '--project', 'monitored.json', '--home', dir)).out).toContain('+ ranking')
    expect(await run('monitor', '--home', dir)).toMatchObject({ code: 0, out: expect.stringMatching(/ranking +late-order +auc over 7d, every 1d +page +not looked yet/) as string })
    expect(json(await run('monitor', '--evaluate', '--json', '--home', dir))).toMatchObject({ evaluations: [{ monitor: 'ranking', look: { state: 'few' } }] })
    expect((await run('monitor', '--evaluate', '--home', dir)).out).toBe('No look is due.\n')
    expect((await run('alerts', '--home', dir)).out).toBe('No alerts.\n')
    expect((await run('incidents', '--home', dir)).out).toBe('No incidents.\n')
    expect(await run('acknowledge', 'alrt_none', '--note', 'x', '--home', dir)).toMatchObject({ code: 2, err: expect.stringContaining('There is no alert alrt_none') as string })
    expect(await run('acknowledge', 'alrt_none', '--home', dir)).toMatchObject({ code: 2, err: expect.stringContaining('--note') as string })
    // The challenger of the test before is the last one that ran.
    expect((await run('trial', ENDPOINT, '--home', dir)).out).toMatch(/late-order: (continue|keep)[\s\S]*champion +late-order@00000\d +\d+ %[\s\S]*Brier difference/)
    expect(await run('trial', 'nowhere', '--home', dir)).toMatchObject({ code: 2, err: expect.stringContaining('nowhere') as string })
    const report = await run('report', ENDPOINT, '--html', 'report.html', '--home', dir)
    expect(report).toMatchObject({ code: 0, out: expect.stringContaining('report.html') as string })
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toMatch(/^<!doctype html>[\s\S]*late-order/)
    expect((await run('report', ENDPOINT, '--home', dir)).out).toMatch(/week +answers +known[\s\S]*\d{4}-\d{2}-\d{2}/)
    expect(await run('report', ENDPOINT, '--by', 'year', '--home', dir)).toMatchObject({ code: 2 })
  })

  it('is verified as it lies, and doctored', async () => {
    const sound = await run('verify', '--home', dir)
    expect(sound).toMatchObject({ code: 0, out: expect.stringContaining('✓ Everything is as it was recorded.') as string })
    expect(json(await run('verify', '--json', '--home', dir))).toMatchObject({ ok: true, problems: [] })
    expect(json(await run('doctor', '--json', '--home', dir))).toMatchObject({ ok: true })
    expect(json(await run('config', 'explain', '--json', '--home', dir)).settings).toContainEqual(expect.objectContaining({ path: 'server.port', value: 4777, from: 'default' }))
  })
})

describe('a home that a server owns', () => {
  it('is asked over HTTP, and a server that was killed is not', async () => {
    const platform = await openPlatform({ home: dir, log: openLog({ level: 'silent' }) })
    expect(await run('features', 'status', '--home', dir)).toMatchObject({ code: 1, err: expect.stringContaining('owned by') as string })
    const server = await openServer(platform, { host: '127.0.0.1', port: 0, log: openLog({ level: 'silent' }) })
    const file = join(dir, 'server.json')
    try {
      writeFileSync(file, JSON.stringify({ url: server.url, pid: process.pid }))
      expect(json(await run('predict', ENDPOINT, '--data', JSON.stringify({ rows: [GOOD_BODY, GOOD_BODY] }), '--json', '--home', dir)).predictions).toHaveLength(2)
      expect(json(await run('verify', '--json', '--home', dir))).toMatchObject({ ok: true })
      expect(await run('doctor', '--home', dir)).toMatchObject({ code: 0, out: expect.stringContaining(server.url) as string })
      const refused = await run('predict', ENDPOINT, '--data', '{"entities":{}}', '--home', dir)
      expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('entities.shop is missing') as string })
      expect(await run('tour', '--fresh', '--home', dir)).toMatchObject({ code: 1, err: expect.stringContaining('owned by') as string })
    } finally { await server.close(); await platform.close() }
    // The address is stale, and the process of that id lives: nobody listens there.
    expect(await run('features', 'status', '--home', dir)).toMatchObject({ code: 0 })
    writeFileSync(file, JSON.stringify({ url: server.url, pid: 999_999_999 }))
    expect(await run('features', 'status', '--home', dir)).toMatchObject({ code: 0 })
    for (const url of ['ftp://127.0.0.1:1', 'nonsense', '']) {
      writeFileSync(file, JSON.stringify({ url, pid: process.pid }))
      expect(await run('features', 'status', '--home', dir), url).toMatchObject({ code: 0 })
    }
    rmSync(file)
  })

  it('is never emptied when it is no home', async () => {
    expect(await run('tour', '--fresh', '--home', folder)).toMatchObject({ code: 2, err: expect.stringContaining('not a Slipway home') as string })
  })
})

it('tells every fault of a project at once, and of a file that is none', async () => {
  writeFileSync(join(folder, 'faulty.json'), JSON.stringify({ ...PROJECT, views: [{ ...PROJECT.views[0], entity: 'shoop', source: 'sails' }] }))
  const faulty = await run('plan', '--project', 'faulty.json', '--home', dir)
  expect(faulty).toMatchObject({ code: 2, err: expect.stringContaining('shoop') as string })
  expect(faulty.err).toContain('sails')
  writeFileSync(join(folder, 'broken.ts'), 'export default {')
  expect(await run('plan', '--project', 'broken.ts', '--home', dir)).toMatchObject({ code: 2, err: expect.stringContaining('does not load') as string })
  expect(await run('plan', '--project', 'nowhere.ts', '--home', dir)).toMatchObject({ code: 2, err: expect.stringContaining('There is no') as string })
})
