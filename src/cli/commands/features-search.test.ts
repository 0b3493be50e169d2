// From a project whose model reads no history to one that serves what the search found.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { FeatureSearch } from '../../intelligence/index.ts'
import { openServer, type Server } from '../../http/index.ts'
import { openPlatform, type Platform } from '../../platform.ts'
import { localActor } from '../../core/actor.ts'
import { resolveConfig } from '../../core/config.ts'
import { openLog } from '../../core/log.ts'
import { createGenerator } from '../../core/statistics/generator.ts'
import { main } from '../main.ts'

const ORDERS = 3_000
const START = Date.UTC(2026, 0, 1)
const STEP = 10 * 60_000
const SHOPS = ['north', 'south', 'east', 'west']

/** A shop is slow for hours on end; who has just waited knows it, and the model does not. */
function ordersCsv(): string {
  const random = createGenerator(5)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const iso = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 19)
  const load = SHOPS.map(() => 0)
  const lines = ['order_id,ordered_at,delivered_at,shop,courier,items,minutes']
  for (let i = 0; i < ORDERS; i++) {
    load.forEach((l, s) => { load[s] = 0.97 * l + 0.25 * normal() })
    const s = Math.floor(random() * SHOPS.length)
    const items = 1 + Math.floor(random() * 6)
    const minutes = Math.max(5, Math.round(30 + 9 * load[s] + 2 * items + 5 * normal()))
    const at = START + i * STEP
    lines.push([`o${i}`, iso(at), iso(at + minutes * 60_000), SHOPS[s], `c${Math.floor(random() * 5)}`, items, minutes].join(','))
  }
  return `${lines.join('\n')}\n`
}

const PROJECT = `{
  name: 'shops',
  entities: [{ name: 'shop', key: 'shop', type: 'string' }, { name: 'courier', key: 'courier', type: 'string' }, { name: 'order', key: 'order_id', type: 'string' }, { name: 'customer', key: 'customer', type: 'string' }],
  datasets: [{ name: 'orders', files: ['orders.csv'] }],
  sources: [{
    name: 'deliveries', dataset: 'orders', id: ['order_id'], eventTime: 'delivered_at',
    columns: [{ name: 'order_id', type: 'string' }, { name: 'delivered_at', type: 'timestamp' }, { name: 'shop', type: 'string' }, { name: 'courier', type: 'string' }, { name: 'minutes', type: 'int64' }],
  }],
  views: [...views],
  services: [
    { name: 'order', entities: ['shop', 'courier'], request: [{ name: 'items', type: 'int64' }], features: [...features] },
    { name: 'lonely', entities: ['customer'], request: [{ name: 'items', type: 'int64' }], features: [] },
  ],
  models: [['late-order', 'order', { shop: 'shop', courier: 'courier' }], ['lonely-order', 'lonely', { customer: 'order_id' }]].map(([name, service, entities]) => ({
    name, service, seed: 3, learner: { name: 'gbdt', params: { trees: 60 } },
    examples: { dataset: 'orders', time: { column: 'ordered_at' }, entities, request: { items: 'items' }, label: { name: 'late', column: 'minutes', above: 38, knownAt: 'delivered_at' } },
    evaluation: { metric: 'auc', holdout: 0.2, baseline: { name: 'logistic' }, margin: -1, alpha: 0.05, approval: { policy: 'test' } },
  })),
  endpoints: [{ name: 'late', model: 'late-order', threshold: 0.5, labelEntity: 'order' }],
}`

let folder: string
let home: string
let platform: Platform
let server: Server
const projectFile = (name: string): string => join(folder, name)
async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await main([...argv, '--home', home], { stdout: { write: (t: string) => { out += t } }, stderr: { write: (t: string) => { err += t } }, env: {}, cwd: folder })
  return { code, out, err }
}
const search = (...argv: string[]): ReturnType<typeof run> => run('features', 'search', '--model', 'late-order', '--windows', '1h,3h', '--aggregates', 'count,mean', '--rows', '2000', ...argv)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-search-'))
  home = join(folder, 'home')
  writeFileSync(join(folder, 'orders.csv'), ordersCsv())
  writeFileSync(projectFile('before.mjs'), `const views = [], features = []\nexport default ${PROJECT}\n`)
  writeFileSync(projectFile('slipway.ts'), `import { features, views } from './views.generated.ts'\nexport default ${PROJECT}\n`)
  const log = openLog({ level: 'silent' })
  platform = await openPlatform({ home, config: resolveConfig({ flags: {} }).config, log })
  await platform.setClock((START + ORDERS * STEP) * 1_000)
  server = await openServer(platform, { host: '127.0.0.1', port: 0, log })
  writeFileSync(join(home, 'server.json'), JSON.stringify({ url: server.url, pid: process.pid }))
  expect(await run('apply', '--project', 'before.mjs')).toMatchObject({ code: 0, err: '' })
})
afterAll(async () => { await server.close(); await platform.close(); rmSync(folder, { recursive: true, force: true }) })

describe('slipway features search', () => {
  it('finds what the model lacks, writes it, and what is written is served, equal to history', async () => {
    const found = await search('--out', 'views.generated.ts')
    expect([found.code, found.err]).toEqual([0, ''])
    expect(found.out).toMatch(/✓ shop_deliveries\.mean_minutes_[13]h|shop_deliveries\.mean_minutes_[13]h +\+0\.\d{4}/)
    expect(found.out).toMatch(/✓ On the last rows, which chose nothing: AUC 0\.\d{4} .* before, 0\.\d{4} .* with the survivors/)
    expect(readFileSync(projectFile('views.generated.ts'), 'utf8')).toContain("{ name: 'mean_minutes_")

    expect(await run('apply')).toMatchObject({ code: 0, err: '' })
    const trained = await run('train', 'late-order', '--from', '2026-01-04', '--to', '2026-01-21')
    expect(trained.code, trained.err).toBe(0)
    expect((await run('deploy', 'late', '--version', '1')).code).toBe(0)
    await platform.data.materialize({ source: 'deliveries', actor: localActor() })
    for (const shop of [...SHOPS, 'new']) for (const courier of ['c0', 'c4']) expect(await run('predict', 'late', '--data', JSON.stringify({ entities: { shop, courier, order: `${shop}-${courier}` }, request: { items: 3 } }))).toMatchObject({ code: 0 })
    const checked = await run('features', 'check', '--json')
    expect(checked.code).toBe(0)
    const [check] = (JSON.parse(checked.out) as { checks: { predictions: number; compared: number; different: number }[] }).checks
    expect(check).toMatchObject({ predictions: 10, different: 0 })
    expect(check.compared).toBeGreaterThan(10)
    // What it found is read now: the next search knows it.
    const again = JSON.parse((await search('--json')).out) as FeatureSearch
    expect(again.candidates.filter(c => c.reason === 'known').length).toBeGreaterThan(0)
  })

  it('says the same each time, and the ledger says who read what and why', async () => {
    const ask = async (): Promise<FeatureSearch> => JSON.parse((await search('--json', '--seed', '4', '--labels-known-by', '2026-01-21')).out) as FeatureSearch
    const [one, two] = [await ask(), await ask()]
    const same = ({ durations: _d, ledger: _l, ...rest }: FeatureSearch): object => rest
    expect(same(one)).toEqual(same(two))
    const [read, said] = [await platform.metadata.ledger.get(two.ledger - 1), await platform.metadata.ledger.get(two.ledger)]
    const { parents, rows } = two
    expect(read).toMatchObject({ action: 'features.explored', subject: 'service/order', actor: expect.stringContaining(':') as string, details: { purpose: 'training: feature search for late-order', parents, rows, seed: 4 } })
    expect(said).toMatchObject({ action: 'features.searched', subject: 'model/late-order', details: { parents, survivors: two.features, counts: { candidates: two.candidates.length } } })
  })

  it('writes YAML too, and never over a file that somebody else wrote', async () => {
    writeFileSync(projectFile('mine.ts'), 'export const views = []\n')
    expect(await search('--out', 'mine.ts')).toMatchObject({ code: 2, err: expect.stringContaining('was not written by a feature search') as string })
    expect(await search('--out', 'views.txt')).toMatchObject({ code: 2, err: expect.stringContaining('.ts or .yaml') as string })
    expect(readFileSync(projectFile('mine.ts'), 'utf8')).toBe('export const views = []\n')
    await run('apply', '--project', 'before.mjs')
    for (let i = 0; i < 2; i++) expect(await search('--out', 'found.yaml')).toMatchObject({ code: 0 })
    const { views, features } = parse(readFileSync(projectFile('found.yaml'), 'utf8')) as { views: { name: string }[]; features: string[] }
    expect(features.every(f => views.some(v => f.startsWith(`${v.name}.`)))).toBe(true)
  })

  it('says plainly that it found nothing', async () => {
    const nothing = await search('--sources', 'deliveries', '--aggregates', 'count', '--out', 'nothing.yaml')
    expect(nothing).toMatchObject({ code: 0, err: '' })
    expect(nothing.out).toContain('Nothing survived: no candidate is shown to improve the model by more than chance.')
    expect(() => readFileSync(projectFile('nothing.yaml'))).toThrow('ENOENT')
  })

  it.each<[string[], string, string]>([
    [['--model', 'late-ordre'], 'Did you mean "late-order"?', 'not_found'], [['--windows', '3 h'], "windows[0] must be a duration such as '3h'", ''], [['--windows', '1h,,3h'], '--windows takes names with commas', ''],
    [['--aggregates', 'average'], "'average' is no aggregate", ''], [['--sources', 'delivery'], 'Did you mean "deliveries"?', ''], [['--limit', '0'], '--limit must be a whole number from 1 to 100', ''],
    [['--most', '0'], '--most', ''], [['--rows', 'many'], '--rows', ''], [['--seed', '-1'], '--seed', ''], [['--from', 'yesterday'], 'from must be a time', ''], [['--from', '2026-01-05', '--to', '2026-01-04'], 'from must be before', ''],
    [['--to', '2025-01-01'], 'has no examples', ''], [['--to', '2026-01-01T06:00:00Z'], '20 of each outcome are needed', ''], [['--relations', 'nowhere.json'], '--relations', ''],
  ])('refuses %j', async (argv, mentions) => {
    const { code, out, err } = await search(...argv)
    expect([code, out], err).toEqual([2, ''])
    expect(err).toContain(mentions)
  })

  it('says when no source has rows of what the model is asked about, and takes relations by hand', async () => {
    expect(await run('features', 'search')).toMatchObject({ code: 2, err: expect.stringContaining('--model') as string })
    expect(await run('features', 'search', '--model', 'lonely-order')).toMatchObject({
      code: 2, out: '', err: expect.stringContaining('no source of events has the key column of one of its entities (customer: customer); looked at deliveries') as string,
    })
    writeFileSync(projectFile('relations.json'), JSON.stringify([{ source: 'deliveries', entities: ['courier', 'shop'] }]))
    const byHand = JSON.parse((await search('--relations', 'relations.json', '--json')).out) as FeatureSearch
    expect(new Set(byHand.candidates.map(c => c.name.split('.')[0]))).toEqual(new Set(['courier_shop_deliveries']))
    writeFileSync(projectFile('relations.json'), JSON.stringify([{ source: 'deliveries', entities: ['curier'] }]))
    expect(await search('--relations', 'relations.json')).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean "courier"?') as string })
    writeFileSync(projectFile('relations.json'), '[{"source": 3}]')
    expect((await search('--relations', 'relations.json')).code).toBe(2)
  })
})
