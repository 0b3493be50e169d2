// Side by side with a real `feast serve` of the same data, in one run: online reads, pushes, materialization, and a training set with the rows that are lost.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { localActor } from '../src/core/actor.ts'
import { resolveConfig } from '../src/core/config.ts'
import { columnOf, toFloats } from '../src/core/table.ts'
import { openPlatform } from '../src/platform.ts'
import { startProcess } from '../test/chaos/server-process.ts'
import { feastEnvironment, run as runCommand, type FeastEnvironment } from '../test/wire/feast/environment.ts'
import { startFeast, writeServerStore } from '../test/wire/feast/feast-server.ts'
import { DRIVERS, FEW, LABELS, MANY, writeFeastData } from './feast-data.ts'
import { driveLoad } from './load.ts'
import { median, type BenchResult } from './result.ts'

const here = fileURLToPath(new URL('./', import.meta.url))
const SECONDS = 2
const ROUNDS = 3

/** What takes minutes says where it is. */
function say(what: string): void { process.stderr.write(`  ${what} …\n`) }

/** One of the two servers. */
interface Side { url: string; port: number; token?: string; stop(): Promise<void> }

const PARTS = ['materialize', 'reads', 'pushes', 'training-set'] as const

/** All parts, or some. */
export async function run(parts: readonly (typeof PARTS)[number][] = PARTS): Promise<BenchResult[]> {
  const environment = await feastEnvironment()
  const work = mkdtempSync(join(tmpdir(), 'slipway-bench-feast-'))
  const folder = (name: string): string => { const path = join(work, name); mkdirSync(path); return path }
  const [project, data, repo, duck] = ['project', 'data', 'repo', 'duck'].map(folder)
  const home = join(work, 'home')
  try {
    say('writing the data')
    await writeFeastData(project, data)
    say('applying the definitions')
    const definitions = readFileSync(join(here, 'feast_repo.py'), 'utf8').replace('@DATA@', data)
    for (const [dir, store] of [[repo, 'file'], [duck, 'duckdb']] as const) {
      writeFileSync(join(dir, 'features.py'), definitions)
      writeServerStore(dir, store)
      await runCommand(environment.feast, ['apply'], { cwd: dir })
    }
    await runCommand(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', 'bin/slipway.js', 'apply', '--project', project, '--home', home])
    const results: BenchResult[] = []
    const slipway = await startSlipway(home)
    const feast = await startFeast(environment, repo)
    try {
      if (parts.includes('materialize')) results.push(...await materialize(slipway, feast))
      if (parts.includes('reads')) results.push(...await reads(slipway, feast))
      if (parts.includes('pushes')) results.push(...await pushes(slipway, feast))
    } finally {
      await feast.stop()
      await slipway.stop()
    }
    if (parts.includes('training-set')) results.push(...await trainingSets(home, environment, { file: repo, duckdb: duck }, join(data, 'labels.parquet')))
    return results
  } finally { rmSync(work, { recursive: true, force: true }) }
}

async function startSlipway(home: string): Promise<Side> {
  const server = startProcess(['bin/slipway.js', 'serve', '--port', '0', '--home', home])
  const url = (await server.until(/Slipway is ready at (http:\/\/127\.0\.0\.1:\d+)/))[1]
  return { url, port: Number(new URL(url).port), token: readFileSync(join(home, 'local.token'), 'utf8').trim(), async stop() { server.child.kill('SIGTERM'); await server.exited } }
}

/** Seconds of one /materialize of all rows. */
async function timeMaterialize({ url, token }: Side, view: string): Promise<number> {
  const started = performance.now()
  const reply = await fetch(`${url}/materialize`, { method: 'POST', headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }, body: JSON.stringify({ disable_event_timestamp: true, feature_views: [view] }) })
  if (reply.status !== 200) throw new Error(`/materialize of ${view}: ${reply.status} ${await reply.text()}`)
  return (performance.now() - started) / 1_000
}

async function materialize(slipway: Side, feast: Side): Promise<BenchResult[]> {
  const [ours, theirs]: number[][] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    say(`materialize, round ${round + 1}`)
    ours.push(MANY / await timeMaterialize(slipway, 'many'))
    theirs.push(FEW / await timeMaterialize(feast, 'many'))
  }
  return compare('materialize, 5 features a row', 'rows/s', { ours, theirs }, `${MANY.toLocaleString('en')} keys, synced; Feast did ${FEW.toLocaleString('en')} and is taken to stay as fast`)
}

async function reads(slipway: Side, feast: Side): Promise<BenchResult[]> {
  for (const side of [slipway, feast]) await timeMaterialize(side, 'driver_stats')
  const features = Array.from({ length: 10 }, (_, i) => `driver_stats:f${i}`)
  const results: BenchResult[] = []
  for (const entities of [1, 100]) for (const connections of [2, 8]) {
    const bodies = Array.from({ length: 200 }, (_, k) => JSON.stringify({ features, entities: { driver: Array.from({ length: entities }, (_, i) => (k * 37 + i * 101) % DRIVERS) } }))
    const measured = await sideBySide({ slipway, feast }, side => ({ path: '/get-online-features', bodies, connections, port: side.port, seconds: SECONDS, tolerant: side === feast }))
    results.push(...compare(`online read, ${entities} × 10 features, ${connections} connections`, 'requests/s', measured, measured.latency))
  }
  return results
}

async function pushes(slipway: Side, feast: Side): Promise<BenchResult[]> {
  const time = new Date(Date.now() - 60_000).toISOString().slice(0, 19)
  const bodies = Array.from({ length: 100 }, (_, k) => JSON.stringify({
    push_source_name: 'drivers', to: 'online',
    df: { driver: [k], event_timestamp: [`${time}.@NNNN@`], created: [`${time}.999999`], ...Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`f${i}`, [k + i / 8]])) },
  }))
  let numberFrom = 0
  const results: BenchResult[] = []
  for (const connections of [8, 64]) {
    const measured = await sideBySide({ slipway, feast }, side => ({ path: '/push', bodies, connections, port: side.port, seconds: SECONDS, token: side.token, tolerant: side === feast, numberFrom: numberFrom += 50_000 }))
    results.push(...compare(`push, one row, ${connections} connections`, 'requests/s', measured, `${measured.latency}; ours are on disk when answered; Feast failed ${measured.failed} times`))
  }
  return results
}

async function sideBySide({ slipway, feast }: { slipway: Side; feast: Side }, job: (side: Side) => Parameters<typeof driveLoad>[0]): Promise<{ ours: number[]; theirs: number[]; latency: string; failed: number }> {
  const [ours, theirs, p99, theirP99]: number[][] = [[], [], [], []]
  let failed = 0
  say(`${job(slipway).path}, ${job(slipway).connections} connections, bodies of ${job(slipway).bodies[0].length} bytes`)
  // What is compiled on first use is not measured.
  for (const side of [slipway, feast]) await driveLoad({ ...job(side), seconds: 0.5 })
  for (let round = 0; round < ROUNDS; round++) {
    const t = await driveLoad(job(feast))
    const o = await driveLoad(job(slipway))
    ours.push(o.perSecond); theirs.push(t.perSecond); p99.push(o.p99); theirP99.push(t.p99)
    failed += t.failed
  }
  return { ours, theirs, failed, latency: `p99 ${median(p99).toFixed(1)} ms, Feast's ${median(theirP99).toFixed(1)} ms` }
}

function compare(name: string, unit: string, { ours, theirs }: { ours: number[]; theirs: number[] }, note: string): BenchResult[] {
  return [
    { name, value: median(ours), unit, runs: ours, note },
    { name: '  as a multiple of Feast', value: median(ours) / median(theirs), unit: '× Feast', runs: ours.map((x, i) => x / theirs[i]), note: `Feast does ${Math.round(median(theirs)).toLocaleString('en')} ${unit}` },
  ]
}

async function trainingSets(home: string, environment: FeastEnvironment, repos: { file: string; duckdb: string }, labels: string): Promise<BenchResult[]> {
  const platform = await openPlatform({ home, config: resolveConfig({ flags: { log: { level: 'warn' } } }).config })
  say('training sets')
  const [ours, file, duck]: number[][] = [[], [], []]
  let kept = 0
  let lost = 0
  let nulls = 0
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now()
      const set = await platform.data.createTrainingSet({
        name: `history-${round}`, service: 'histories', from: 0, to: platform.clock.now(), actor: localActor(), purpose: 'benchmark',
        examples: { dataset: 'labels', time: { column: 'event_timestamp' }, entities: { driver: 'driver' }, request: {}, label: { name: 'late', column: 'late', equals: true } },
      })
      ours.push((performance.now() - started) / 1_000)
      kept = set.rows
      if (round > 0) continue
      const column = columnOf(await platform.data.loadDataset(set.version), 'history_0.a0')
      nulls = column === undefined ? 0 : toFloats(column).filter(x => Number.isNaN(x)).length
    }
  } finally { await platform.close() }
  for (const [repo, seconds] of [[repos.file, file], [repos.duckdb, duck]] as const) {
    const found = JSON.parse((await runCommand(environment.python, [join(here, 'feast_history.py'), repo, labels, String(ROUNDS)])).trim().split('\n').at(-1) as string) as { seconds: number[]; rows: number }
    seconds.push(...found.seconds)
    if (repo === repos.file) lost = LABELS - found.rows
    else if (found.rows !== LABELS) throw new Error(`Feast's duckdb store answers ${found.rows} of ${LABELS} rows.`)
  }
  if (kept !== LABELS) throw new Error(`The training set has ${kept} of ${LABELS} rows.`)
  const what = `${LABELS.toLocaleString('en')} rows × 3 views of 1,000,000 rows, 15 features`
  return [
    { name: 'training set, point in time', value: median(ours), unit: 's', runs: ours, note: `${what}; every row kept, ${nulls.toLocaleString('en')} with nulls of the first view; the result is a dataset version; the first on a version of the data takes longer` },
    { name: '  Feast, file store (its default)', value: median(file), unit: 's', runs: file, note: `${lost.toLocaleString('en')} of ${LABELS.toLocaleString('en')} rows lost` },
    { name: '  Feast, duckdb store', value: median(duck), unit: 's', runs: duck, note: 'no row lost; DuckDB 2.0' },
  ]
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const asked = PARTS.filter(p => process.argv.includes(p))
  for (const r of await run(asked.length === 0 ? PARTS : asked)) process.stdout.write(`${r.name.padEnd(48)} ${r.value.toFixed(r.value < 10 ? 2 : 0).padStart(9)} ${r.unit}  [${(r.runs ?? []).map(x => x.toFixed(x < 10 ? 2 : 0)).join(' ')}]  ${r.note}\n`)
}
