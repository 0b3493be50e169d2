import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { main } from '../../cli/main.ts'
import { openLog } from '../../core/log.ts'
import { tableRows } from '../../core/table.ts'
import { ENDPOINT, openSmallHome, PROJECT, type SmallHome } from '../fixtures/small-home.ts'
import { openServer, type Server } from '../server.ts'

let home: SmallHome
let server: Server
let folder: string
let first: string
let second: string
const actor = { kind: 'user', name: 'ada' } as const

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-reads-'))
  home = await openSmallHome()
  first = (await home.platform.data.datasetVersions('orders'))[0].version
  const lines = readFileSync(join(home.projectDir, 'orders.csv'), 'utf8').trimEnd().split('\n')
  // Another version: two orders gone, one changed, one new, a column more.
  const changed = [`${lines[0]},note`, ...lines.slice(1, -2).map((l, i) => `${i === 4 ? l.replace(/,(\d+\.\d\d),/, ',777.77,') : l},`), `new-1,${lines[5].split(',').slice(1).join(',')},"a ""quoted"", note"`]
  writeFileSync(join(home.projectDir, 'orders.csv'), `${changed.join('\n')}\n`)
  await home.platform.applyProject({ project: { ...PROJECT, datasets: [{ ...PROJECT.datasets[0], forbidPurposes: ['marketing'] }] }, bundles: {}, projectDir: home.projectDir, actor })
  second = (await home.platform.data.datasetVersions('orders'))[0].version
  server = await openServer(home.platform, { host: '127.0.0.1', port: 0, log: openLog({ level: 'silent' }) })
  writeFileSync(join(home.dir, 'server.json'), JSON.stringify({ url: server.url, pid: process.pid }))
})
afterAll(async () => { await server.close(); await home.remove(); rmSync(folder, { recursive: true, force: true }) })

type Body = Record<string, unknown>
const get = (path: string, token: string | null = home.token): Promise<Response> => fetch(`${server.url}/api/v1/datasets${path}`, { headers: token === null ? {} : { authorization: `Bearer ${token}` } })
const read = async (path: string, token?: string | null): Promise<{ status: number; body: Body }> => { const r = await get(path, token); return { status: r.status, body: await r.json() as Body } }
async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const code = await main([...argv, '--home', home.dir], { stdout: { write: (t: string) => { out += t } }, stderr: { write: (t: string) => { err += t } }, env: {}, cwd: folder })
  return { code, out, err }
}
const lastEntry = async (): Promise<unknown> => home.platform.metadata.ledger.get(home.platform.metadata.ledger.size - 1)

describe('the versions of a dataset', () => {
  it('say rows, columns, who and when, and what was made of each', async () => {
    const { status, body } = await read('/orders/versions')
    expect(status).toBe(200)
    const [newest, oldest] = body.versions as Body[]
    expect(newest).toMatchObject({ version: second, rows: 899, head: true, derived: false, actor: 'user:ada', usedBy: { sets: [], models: [], releases: [] } })
    expect(oldest).toMatchObject({ version: first, rows: 900, head: false, position: 1, usedBy: { sets: [{ name: 'lateness-evaluation', rows: 888 }, { name: 'lateness-training', rows: 609 }].map(s => expect.objectContaining(s) as unknown), models: [{ model: 'lateness', version: 1 }], releases: [`${ENDPOINT}@000001`] } })
    const shown = await run('data', 'versions', 'orders')
    expect(shown.out).toMatch(new RegExp(`${second.slice(0, 12)} +899 rows, 11 columns +head[\\s\\S]*\\+ note string[\\s\\S]*${first.slice(0, 12)} +900 rows, 10 columns[\\s\\S]*models +lateness@1[\\s\\S]*releases +${ENDPOINT}@000001`))
    expect((await read('/orders/versions', null)).status).toBe(200)
    expect(await read('/order/versions')).toMatchObject({ status: 404, body: { code: 'not_found', detail: expect.stringContaining('"orders"') as unknown } })
  })
})

describe('the difference of two versions', () => {
  it('names columns, rows and keys, and is recorded', async () => {
    const { body } = await read(`/compare?a=orders@${first.slice(0, 8)}&b=orders`)
    expect(body).toMatchObject({
      a: { dataset: 'orders', version: first, rows: 900 }, b: { version: second, rows: 899 }, schema: { added: [{ name: 'note', type: 'string' }], removed: [], changed: [] }, rows: { added: 2, removed: 3 },
      keys: [{ source: 'sales', id: ['order_id'], added: 1, removed: 2, changed: 1, same: 897, first: { added: ['new-1'], removed: ['o898', 'o899'], changed: ['o4'] } }],
    })
    expect(await lastEntry()).toMatchObject({ action: 'dataset.compared', index: body.ledger, details: { purpose: 'comparison of dataset versions', versions: [first, second] } })
    expect((await read(`/compare?a=${second.slice(0, 10)}&b=${second}`)).body).toMatchObject({ schema: { added: [], removed: [], changed: [] }, rows: { added: 0, removed: 0 }, keys: [{ added: 0, removed: 0, changed: 0, same: 899 }] })
    const shown = await run('data', 'diff', `orders@${first.slice(0, 12)}`, 'orders')
    expect(shown.out).toMatch(/\+ note string[\s\S]*rows: \+2 -3[\s\S]*keys of sales \(order_id\): 1 added, 2 removed, 1 changed, 897 the same[\s\S]*added +new-1[\s\S]*changed +o4[\s\S]*ledger entry \d+/)
  })

  it.each([['a=orders&b=order', 404], ['a=orders&b=orders@12', 400], ['a=orders', 400], ['a=orders&b=ffffffffffff', 404], ['a=orders@ffffffff&b=orders', 404], ['a=orders&b=orders&c=1', 400]])('refuses %s', async (query, status) => {
    expect((await read(`/compare?${query}`)).status).toBe(status)
  })
})

describe('an export', () => {
  it('is the file as it was imported, where it is one of the wanted format', async () => {
    const reply = await get(`/orders/export?format=csv&purpose=${encodeURIComponent('an audit')}`)
    const text = await reply.text()
    expect(reply.status).toBe(200)
    expect(text).toBe(readFileSync(join(home.projectDir, 'orders.csv'), 'utf8'))
    expect(reply.headers.get('slipway-digest')).toBe(createHash('sha256').update(text).digest('hex'))
    expect(reply.headers.get('content-disposition')).toContain(`orders-${second.slice(0, 12)}.csv`)
    expect(await lastEntry()).toMatchObject({ action: 'dataset.exported', subject: `datasetVersion/${second}`, actor: expect.stringMatching(/^user:/) as unknown, details: { dataset: 'orders', rows: 899, format: 'csv', purpose: 'an audit' }, index: Number(reply.headers.get('slipway-ledger')) })
  })

  it('is written anew in the other format, every row and value', async () => {
    const file = join(folder, 'orders.parquet')
    const done = await run('data', 'export', `orders@${first.slice(0, 9)}`, '--out', 'orders.parquet', '--purpose', 'a question of the shop', '--json')
    expect(done).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(done.out)).toMatchObject({ dataset: 'orders', version: first, rows: 900, file, digest: null })
    const session = await home.platform.engine.connect()
    try {
      const loaded = await home.platform.data.loadDataset(first)
      expect(tableRows(await session.query(`SELECT * FROM read_parquet('${file}')`))).toEqual(tableRows(loaded))
      expect((await run('data', 'export', 'lateness-training', '--out', 'set.csv', '--purpose', 'a look')).out).toMatch(/✓ 609 rows of lateness-training@\w{12} in set\.csv/)
      const [set] = await home.platform.data.datasetVersions('lateness-training')
      const read = await session.query(`SELECT * FROM read_csv('${join(folder, 'set.csv')}', header = true, types = {${set.schema.map(c => `'${c.name}': '${{ float64: 'DOUBLE', int64: 'BIGINT', boolean: 'BOOLEAN', string: 'VARCHAR', timestamp: 'TIMESTAMPTZ' }[c.type]}'`).join(', ')}})`)
      expect(tableRows(read)).toEqual(tableRows(await home.platform.data.loadDataset(set.version)))
    } finally { await session.close() }
    expect(readdirSync(tmpdir()).filter(n => n.startsWith('slipway-export-'))).toEqual([])
  })

  it('needs a token and a purpose, and one that the dataset allows; a refusal is recorded', async () => {
    const { ledger } = home.platform.metadata
    const { size } = ledger
    expect(await read('/orders/export?purpose=x', null)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    expect(await read('/orders/export')).toMatchObject({ status: 400, body: { code: 'invalid_request', detail: expect.stringContaining('purpose') as unknown } })
    expect(await read('/orders/export?purpose=%20')).toMatchObject({ status: 400 })
    expect(await read('/orders/export?purpose=x&format=xml')).toMatchObject({ status: 400 })
    expect(await read('/orders/export?purpose=x&version=123456789')).toMatchObject({ status: 404 })
    expect(await read('/nothing/export?purpose=x')).toMatchObject({ status: 404 })
    expect(ledger.size).toBe(size)
    expect(await read('/orders/export?purpose=direct%20Marketing')).toMatchObject({ status: 403, body: { code: 'purpose_forbidden' } })
    expect(await lastEntry()).toMatchObject({ action: 'read.refused', subject: 'dataset/orders', details: { read: 'dataset.exported', purpose: 'direct Marketing' } })
    // What was made of it is bound as well.
    expect(await read('/lateness-training/export?purpose=marketing')).toMatchObject({ status: 403 })
    expect(await read('/compare?a=orders&b=orders&purpose=marketing')).toMatchObject({ status: 403 })
    expect(ledger.size).toBe(size + 3)
    expect(await read('/orders/export?purpose=audit', home.viewerToken).catch(() => 'csv')).toBe('csv')
  })

  it('says what is wrong with a command line, and leaves no half file', async () => {
    for (const [argv, text] of [
      [['orders', '--purpose', 'x'], /--out/], [['orders', '--out', 'a.csv'], /--purpose/], [['orders', '--out', 'a.xlsx', '--purpose', 'x'], /\.parquet or \.csv/], [['orders', '--out', 'no/such/a.csv', '--purpose', 'x'], /cannot be written/],
      [['order', '--out', 'a.csv', '--purpose', 'x'], /"orders"/], [['orders@abc', '--out', 'a.csv', '--purpose', 'x'], /six or more/],
    ] as const) expect(await run('data', 'export', ...argv)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(text) as unknown })
    expect(readdirSync(folder).sort()).toEqual(['orders.parquet', 'set.csv'])
  })
})
