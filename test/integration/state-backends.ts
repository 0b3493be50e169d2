// Online state kept in SQLite, and in a real Redis and PostgreSQL: the same tests on all three. Use: state-backends.ts [--must] [sqlite|redis|postgres …]
// --must: a server that is not there, and cannot be installed, is a failure. Without it the suite says what it left out.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkContract } from '../../src/adapters/state/fixtures/state-contract.ts'
import { openState } from '../../src/adapters/state/open-state.ts'
import { resolveConfig } from '../../src/core/config.ts'
import { openLog } from '../../src/core/log.ts'
import { seededRandom } from '../../src/core/seeded-random.ts'
import { openEngine } from '../../src/platform.ts'
import { askServer, openHere } from '../chaos/online/ask.ts'
import { Clients } from '../chaos/online/clients.ts'
import { SentHistory } from '../chaos/online/history.ts'
import { makeHome, READINGS, readingTime } from '../chaos/online/project.ts'
import { Findings, startProcess, type ServerProcess } from '../chaos/server-process.ts'
import type { StateServer } from './servers/debian-package.ts'
import { openPostgres, type PostgresServer } from './servers/postgres.ts'
import { openRedis, type RedisServer } from './servers/redis.ts'

type Kind = 'sqlite' | 'redis' | 'postgres'
interface Kept { backend: string; position: number; bytes: number | null; fault: string | null }

const must = process.argv.includes('--must')
const asked = process.argv.slice(2).filter(a => !a.startsWith('--'))
const seed = Number(process.env.SLIPWAY_SEED ?? Date.now() % 1_000_000)
const random = seededRandom(seed)
const findings = new Findings()
const folder = mkdtempSync(join(tmpdir(), 'slipway-backends-'))
const engine = await openEngine({ engine: { memory: '1GB', threads: 1 } })
const log = openLog({ level: 'warn', write: () => { /* What is refused is looked at, not what is said. */ } })
const sleep = (ms: number): Promise<void> => new Promise(resolve => { setTimeout(resolve, ms) })
process.stdout.write(`SLIPWAY_SEED=${seed}\n`)

/** A home with its server, and clients that remember what they sent. */
class Home {
  readonly dir: string
  readonly history = new SentHistory()
  readonly #now = Date.now() * 1_000
  readonly #clients = new Clients(this.history, random, this.#now)
  url = ''
  process: ServerProcess | null = null

  constructor(name: string) { this.dir = join(folder, name) }

  async make(kind: Kind, stateUrl: string): Promise<this> {
    await makeHome(this.dir, folder, engine, this.#now)
    this.configure(kind, stateUrl)
    return this
  }

  configure(kind: Kind, stateUrl: string): void {
    writeFileSync(join(this.dir, 'slipway.config.json'), JSON.stringify({ journal: { segmentRows: 400, segmentSeconds: 1 }, log: { level: 'warn' }, features: kind === 'sqlite' ? {} : { state: kind, stateUrl } }))
  }

  async start(): Promise<void> {
    this.process = startProcess(['bin/slipway.js', 'serve', '--home', this.dir, '--port', '0'])
    this.url = (await this.process.until(/Slipway is ready at (http\S+)/))[1]
  }

  async push(ms: number): Promise<void> {
    this.#clients.start(this.url, this.#token(), 4)
    await sleep(ms)
    await this.#clients.stop()
    if (this.#clients.refused.length > 0) throw new Error(`a push was refused: ${this.#clients.refused[0]}`)
  }

  async stop(): Promise<void> {
    this.process?.child.kill('SIGTERM')
    const code = await this.process?.exited
    if (code !== 0) throw new Error(`a stop ended with ${code}: ${this.said()}`)
  }

  async kill(): Promise<void> {
    this.process?.child.kill('SIGKILL')
    await this.process?.exited
    await this.#clients.stop()
  }

  async materialize(upTo: number): Promise<void> {
    const answer = await fetch(`${this.url}/api/v1/features/materialize`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#token()}` }, body: JSON.stringify({ source: 'readings', upTo: readingTime(this.#now, upTo - 1) }) })
    if (answer.status !== 200) throw new Error(`materializing answered ${answer.status}: ${await answer.text()}`)
    this.history.materialized = this.history.materializing = upTo
  }

  /** What clients sent is what the server answers. */
  async expect(what: string): Promise<void> {
    const { faults, checked } = await this.history.check(askServer(this.url), true)
    findings.expect(faults.length === 0 && checked > 100, `${what}: ${checked} answers as they must be${faults.length > 0 ? `, but ${faults.slice(0, 3).join('; ')}` : ''}`)
  }

  /** What is kept answers alone, without the journal after it. */
  async expectKept(what: string): Promise<void> {
    const here = await openHere(this.dir, true)
    try {
      const { faults, checked } = await this.history.check(here.ask, false)
      findings.expect(faults.length === 0 && checked > 100, `${what}: what is kept answers by itself${faults.length > 0 ? `, but ${faults.slice(0, 3).join('; ')}` : ''}`)
    } finally { await here.close() }
  }

  async kept(): Promise<Kept> { return (await (await fetch(`${this.url}/api/v1/features`)).json() as { online: { kept: Kept } }).online.kept }

  /** Until the state that is kept is as `holds` wants it. */
  async untilKept(holds: (kept: Kept) => boolean): Promise<Kept> {
    for (let tries = 0; ; tries++) {
      const kept = await this.kept()
      if (holds(kept)) return kept
      if (tries > 60) throw new Error(`kept state never came to it: ${JSON.stringify(kept)}; ${this.said()}`)
      await this.push(100)
      await sleep(400)
    }
  }

  said(): string { return this.process?.output().slice(-3_000) ?? '' }

  #token(): string { return readFileSync(join(this.dir, 'local.token'), 'utf8').trim() }
}

async function testRestarts(kind: Kind, url: string): Promise<void> {
  const home = await new Home(`${kind}-restarts`).make(kind, url)
  await home.start()
  await home.push(1_500)
  await home.materialize(READINGS / 2)
  await home.expect(`${kind}: pushed and materialized`)
  await home.stop()
  await home.expectKept(`${kind}: after a stop`)
  await home.start()
  await home.expect(`${kind}: after a restart`)
  for (let k = 0; k < 3; k++) {
    const pushing = home.push(60_000).catch(() => {})
    await sleep(300 + random() * 1_500)
    await home.kill()
    void pushing
    await home.start()
    await home.expect(`${kind}: after kill ${k + 1}`)
  }
  findings.expect(!/made anew/.test(home.said()), `${kind}: kept state was never refused`)
  await home.stop()
}

async function testTwoHomes(kind: Kind, url: string): Promise<void> {
  const [one, two] = [await new Home(`${kind}-one`).make(kind, url), await new Home(`${kind}-two`).make(kind, url)]
  await Promise.all([one.start(), two.start()])
  await Promise.all([one.push(1_500), two.push(1_500)])
  await Promise.all([one.untilKept(k => k.position > 0), two.untilKept(k => k.position > 0)])
  await Promise.all([one.stop(), two.stop()])
  for (const [home, name] of [[one, 'one'], [two, 'the other']] as const) {
    await home.expectKept(`${kind}: ${name} of two homes side by side`)
    await home.start()
    await home.expect(`${kind}: ${name} of two homes side by side, after a restart`)
    findings.expect(!/made anew/.test(home.said()), `${kind}: ${name} of two homes: kept state was not refused`)
    await home.stop()
  }
}

async function testCopies(kind: Kind, url: string): Promise<void> {
  const home = await new Home(`${kind}-original`).make(kind, url)
  await home.start()
  await home.push(1_000)
  await home.stop()
  const backup = join(folder, `${kind}-backup`)
  cpSync(home.dir, backup, { recursive: true })
  const asItWas = structuredClone([...home.history.versions])

  // The copy runs beside the original, and takes the place.
  await home.start()
  const copy = new Home(`${kind}-copy`)
  cpSync(home.dir, copy.dir, { recursive: true, filter: path => !/owner\.(pid|lock)|server\.json/.test(path) })
  for (const [id, versions] of asItWas) copy.history.versions.set(id, structuredClone(versions))
  await copy.start()
  await copy.push(1_000)
  const taken = await copy.untilKept(k => k.fault === null && k.position > 0)
  findings.expect(taken.position > 0, `${kind}: a copy of a home takes the place where state is kept`)
  const { fault } = await home.untilKept(k => k.fault !== null)
  findings.expect(/Another process|as it was left/.test(fault ?? ''), `${kind}: the original is refused there: ${fault}`)
  await home.push(500)
  await home.expect(`${kind}: the original goes on from memory and journal`)
  findings.expect(/Online state was not saved/.test(home.said()) && !/\n\s+at /.test(home.said()) && !/"stack"/.test(home.said()), `${kind}: its log says so, without a stack`)
  await home.kill()
  await home.start()
  findings.expect(/made anew from the journal/.test(home.said()), `${kind}: at its next start the original makes its state anew`)
  await home.expect(`${kind}: and is right`)
  await copy.push(300)
  await copy.expect(`${kind}: the copy is right, too`)
  await copy.kill()
  await home.push(300)
  await home.stop()

  // A backup comes back whose journal is shorter than what is kept.
  rmSync(home.dir, { recursive: true })
  cpSync(backup, home.dir, { recursive: true })
  home.history.versions.clear()
  for (const [id, versions] of asItWas) home.history.versions.set(id, versions)
  await home.start()
  findings.expect(/made anew from the journal/.test(home.said()), `${kind}: a restored backup does not take what is kept of its future`)
  await home.expect(`${kind}: and is what it was`)
  await home.push(500)
  await home.kill()
  await home.start()
  await home.expect(`${kind}: after a kill, too`)
  await home.stop()
}

async function testAway(kind: Kind, server: StateServer): Promise<void> {
  const home = await new Home(`${kind}-away`).make(kind, server.url)
  await home.start()
  await home.push(1_000)
  await home.untilKept(k => k.position > 0 && k.fault === null)
  await server.kill()
  await home.push(1_000)
  const { fault } = await home.untilKept(k => k.fault !== null)
  findings.expect(/cannot be used/.test(fault ?? ''), `${kind}: away, and it is said: ${fault}`)
  await home.expect(`${kind}: away, pushes and reads go on`)
  await home.kill()

  // A start needs it, and says so in one message.
  const start = async (what: string, code: number, pattern: RegExp): Promise<void> => {
    const began = performance.now()
    const refused = startProcess(['bin/slipway.js', 'serve', '--home', home.dir, '--port', '0'])
    const ended = await refused.exited
    const text = refused.output()
    const good = ended === code && pattern.test(text) && !/\n\s+at /.test(text) && !text.includes('secret') && !text.includes(':wrong@')
    findings.expect(good, `${kind}: a start ${what} ends with ${ended} after ${Math.round(performance.now() - began)} ms: ${text.trim().split('\n').join(' | ')}`)
  }
  await start('while it is away', 4, /cannot be used.*features\.stateUrl/s)
  await server.start()
  home.configure(kind, server.wrongUrl)
  await start('with a wrong password', 2, /does not let this user in/)
  home.configure(kind, server.url)
  const explain = startProcess(['bin/slipway.js', 'config', 'explain', '--home', home.dir])
  await explain.exited
  findings.expect(/features\.stateUrl +\(set, not shown\)/.test(explain.output()) && !explain.output().includes('secret'), `${kind}: slipway config explain does not show the address`)

  await home.start()
  await home.expect(`${kind}: back, after a kill while it was away`)
  await home.push(500)
  await home.untilKept(k => k.fault === null && k.position > 0)
  await server.kill()
  await home.untilKept(k => k.fault !== null)
  await home.push(500)
  await server.start()
  const before = (await home.kept()).position
  await home.untilKept(k => k.fault === null && k.position > before)
  findings.expect(/saved again|"level":"warn"/.test(home.said()), `${kind}: back, and saving goes on without a restart`)
  await home.stop()
  await home.expectKept(`${kind}: back`)
}

/** `wipe`: the server loses everything; `spoil`: a part of it. */
async function testLosses(kind: Kind, url: string, wipe: () => Promise<unknown>, spoil: () => Promise<unknown>): Promise<Home> {
  await wipe()
  const home = await new Home(`${kind}-losses`).make(kind, url)
  await home.start()
  await home.push(1_000)
  await home.untilKept(k => k.position > 0)
  await wipe()
  // What was being saved is known by then: only what is saved after it can find that all is gone.
  await sleep(500)
  const { position } = await home.kept()
  await home.push(100)
  await home.untilKept(k => k.position > position && k.fault === null)
  await home.stop()
  await home.expectKept(`${kind}: all is kept again after the server had lost it`)
  await spoil()
  await home.start()
  findings.expect(/made anew from the journal/.test(home.said()), `${kind}: a part that is gone is found out at the start`)
  await home.expect(`${kind}: and made anew`)
  return home
}

async function testRedis(server: RedisServer): Promise<void> {
  const keys = async (pattern: string): Promise<string[]> => await server.ask('KEYS', pattern) as string[]
  const home = await testLosses('redis', server.url, () => server.ask('FLUSHALL'), async () => server.ask('DEL', (await keys('slipway:*:block:*'))[0]))
  await server.ask('CONFIG', 'SET', 'maxmemory', '2mb')
  const { fault } = await home.untilKept(k => k.fault !== null)
  findings.expect(/no memory left \(maxmemory\)/.test(fault ?? ''), `redis: a full server is said to be one: ${fault}`)
  await home.expect('redis: full, reads go on')
  await server.ask('CONFIG', 'SET', 'maxmemory', '0')
  await home.untilKept(k => k.fault === null)
  await home.stop()
  await home.expectKept('redis: with room again')
  const left = [...await keys('slipway:*:written'), ...await keys('slipway:*:old')]
  const blocks = (await keys('slipway:*:block:*')).length
  const named = (await Promise.all((await keys('slipway:*:index:*')).map(async key => Number(await server.ask('HLEN', key))))).reduce((a, b) => a + b, 0)
  findings.expect(left.length === 0 && blocks === named && blocks > 0, `redis: nothing is left behind: ${blocks} blocks, ${named} of them named, ${left.length} lists of leavings`)
  await server.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
  await home.start()
  findings.expect(/maxmemory-policy/.test(home.said()), 'redis: a server that may drop keys is warned about')
  await home.stop()
}

async function testPostgres(server: PostgresServer): Promise<void> {
  const tables = async (): Promise<string[]> => (await server.ask("SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname LIKE 'slipway_home_%'")).map(r => String(r.name))
  const home = await testLosses('postgres', server.url, async () => server.ask(`TRUNCATE ${(await tables()).join(', ')}`), async () => {
    for (const table of (await tables()).filter(t => t.endsWith('.block'))) await server.ask(`UPDATE ${table} SET bytes = substr(bytes, 2) WHERE number = 0`)
  })
  await home.stop()
  await server.ask("CREATE ROLE guest LOGIN PASSWORD 'a-secret-of-postgres'")
  await server.ask('REVOKE ALL ON DATABASE postgres FROM public; GRANT CONNECT ON DATABASE postgres TO public')
  const poor = await new Home('postgres-guest').make('postgres', server.url.replace('slipway:', 'guest:'))
  const refused = startProcess(['bin/slipway.js', 'serve', '--home', poor.dir, '--port', '0'])
  const code = await refused.exited
  findings.expect(code === 2 && /does not allow what is needed/.test(refused.output()) && /Grant CREATE/.test(refused.output()), `postgres: a user who may make no schema is told so: ${refused.output().trim().split('\n').join(' | ')}`)
}

const servers: { redis: RedisServer | null; postgres: PostgresServer | null } = { redis: null, postgres: null }
try {
  for (const kind of ['sqlite', 'redis', 'postgres'] as const) {
    if (asked.length > 0 && !asked.includes(kind)) continue
    const server = kind === 'redis' ? servers.redis = await openRedis() : kind === 'postgres' ? servers.postgres = await openPostgres() : null
    if (server === null && kind !== 'sqlite') {
      if (must) findings.expect(false, `${kind} is not there, and could not be installed`)
      else process.stdout.write(`skip  ${kind.toUpperCase()} WAS NOT TESTED: it is not installed (on Debian, as root, this installs it)\n`)
      continue
    }
    const url = server?.url ?? ''
    const config = resolveConfig({ flags: { features: kind === 'sqlite' ? {} : { state: kind, stateUrl: url } } }).config
    const open = (): ReturnType<typeof openState> => openState({ config, folder, homeId: async () => 'home_contract', log })
    const backend = await open()
    try {
      await checkContract(backend, open)
      findings.expect(true, `${kind}: keeps to what every place for online state does`)
    } finally { await backend.close() }
    await testRestarts(kind, url)
    if (server !== null) {
      await testTwoHomes(kind, url)
      await testCopies(kind, url)
      await testAway(kind, server)
      if (servers.redis !== null && kind === 'redis') await testRedis(servers.redis)
      if (servers.postgres !== null && kind === 'postgres') await testPostgres(servers.postgres)
    }
  }
} catch (error) {
  findings.expect(false, error instanceof Error ? error.stack ?? error.message : String(error))
} finally {
  for (const server of Object.values(servers)) await server?.close()
  await engine.close()
  if (findings.failed === 0) rmSync(folder, { recursive: true, force: true })
  else process.stdout.write(`the homes are kept: ${folder}\n`)
}
findings.end()
