// A training set over data that the engine cannot hold: its own process, so that its memory can be measured. Prints one line of JSON.
// node test/memory/big-training-set.ts MEMORY ROWS EXAMPLES VIEWS
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDuckdb } from '../../src/adapters/engines/duckdb/index.ts'
import { localActor } from '../../src/core/actor.ts'
import { resolveConfig } from '../../src/core/config.ts'
import type { ExamplesDefinition, ProjectDefinition } from '../../src/core/definition.ts'
import { openLog } from '../../src/core/log.ts'
import { tableRows } from '../../src/core/table.ts'
import { DAY } from '../../src/core/time.ts'
import { bundleOnDemand } from '../../src/data/index.ts'
import { openPlatform } from '../../src/platform.ts'

const [memory = '256MB', rows = '5000000', examples = '1000000', views = 'latest'] = process.argv.slice(2)
const START = Date.parse('2024-01-01T00:00:00Z') * 1_000
const SPAN = 300 * DAY
const KEYS = 200_000
const folder = mkdtempSync(join(tmpdir(), 'slipway-big-'))

/** Values from a hash of the row: the same everywhere. A fifth of the rows becomes known late, some ids come twice. */
async function makeData(): Promise<void> {
  const engine = await openDuckdb({ memory: '1GB', threads: 2 })
  const session = await engine.connect()
  const step = Math.floor(SPAN / Number(rows))
  await session.run(`COPY (SELECT 'e' || (i - CASE WHEN i % 1000 = 999 THEN 500 ELSE 0 END) AS id, (hash(i) % ${KEYS})::BIGINT AS card, make_timestamptz(${START} + i * ${step}) AS happened,
    make_timestamptz(${START} + i * ${step} + CASE WHEN i % 5 = 0 THEN (hash(i + 1) % ${3 * DAY})::BIGINT ELSE 0 END) AS known, ${[0, 1, 2, 3, 4].map(c => `(hash(i * 7 + ${c}) % 100000)::DOUBLE / 100 AS v${c}`).join(', ')}
    FROM range(${rows}) t(i)) TO '${join(folder, 'events.parquet')}' (FORMAT parquet)`)
  await session.run(`COPY (SELECT (hash(i * 3) % ${KEYS + 1000})::BIGINT AS card, make_timestamptz(${START} + (hash(i * 5) % ${SPAN})::BIGINT) AS asked, (hash(i) % 1000)::DOUBLE AS "limit", (hash(i * 11) % 2)::DOUBLE AS y FROM range(${examples}) t(i)) TO '${join(folder, 'asked.parquet')}' (FORMAT parquet)`)
  await engine.close()
}

const COLUMNS = [{ name: 'id', type: 'string' as const }, { name: 'card', type: 'int64' as const }, { name: 'happened', type: 'timestamp' as const }, { name: 'known', type: 'timestamp' as const }, ...[0, 1, 2, 3, 4].map(c => ({ name: `v${c}`, type: 'float64' as const }))]
const latest = [0, 1, 2].map(i => ({ name: `last${i}`, kind: 'latest' as const, entity: 'card', source: 'events', ttl: `${30 * (i + 1)}d`, features: [0, 1, 2, 3, 4].map(c => ({ name: `v${c}`, column: `v${c}` })) }))
const sums = { name: 'sums', kind: 'aggregate' as const, entity: 'card', source: 'events', features: [{ name: 'n', aggregate: 'count' as const, window: '7d' }, { name: 'mean', aggregate: 'mean' as const, column: 'v0', window: '30d' }] }
const used = views === 'latest' ? latest : [...latest, sums]
const project: ProjectDefinition = {
  name: 'big', entities: [{ name: 'card', key: 'card', type: 'int64' }], datasets: [{ name: 'events', files: ['events.parquet'] }, { name: 'asked', files: ['asked.parquet'] }],
  sources: [{ name: 'events', dataset: 'events', id: ['id'], eventTime: 'happened', knownAt: 'known', columns: COLUMNS }], views: used,
  services: [{ name: 'check', entities: ['card'], request: [{ name: 'limit', type: 'float64' }], features: used.flatMap(v => v.features.map(f => `${v.name}.${f.name}`)), onDemand: { module: 'over.ts', functions: [{ name: 'over', export: 'over', type: 'float64', inputs: ['limit', 'last0.v0'] }] } }],
  models: [], endpoints: [],
}
const EXAMPLES: ExamplesDefinition = { dataset: 'asked', time: { column: 'asked' }, entities: { card: 'card' }, request: { limit: 'limit' }, label: { name: 'y', column: 'y', above: 0.5 } }

try {
  await makeData()
  writeFileSync(join(folder, 'over.ts'), 'export const over = (x: { limit: number; "last0.v0": number | null }) => x["last0.v0"] === null ? null : x["last0.v0"] - x.limit\n')
  const { code } = await bundleOnDemand(join(folder, 'over.ts'))
  const platform = await openPlatform({ home: join(folder, 'home'), config: resolveConfig({ flags: { engine: { memory, threads: 2 } } }).config, log: openLog({ level: 'warn' }) })
  try {
    await platform.applyProject({ project, bundles: { 'over.ts': code }, projectDir: folder, actor: localActor() })
    const before = process.resourceUsage().maxRSS
    const seconds: number[] = []
    let made = { rows: 0, version: '' }
    for (const name of ['cold', 'warm']) {
      const started = performance.now()
      made = await platform.data.createTrainingSet({ name, service: 'check', examples: EXAMPLES, from: START, to: START + SPAN + DAY, actor: localActor(), purpose: 'a test of memory' })
      seconds.push((performance.now() - started) / 1_000)
    }
    const session = await platform.engine.connect()
    const [{ digest }] = (await platform.metadata.get<{ files: { digest: string }[] }>('datasetVersion', made.version))!.body.files
    const path = join(platform.home.paths.blobs, digest.slice(0, 2), digest.slice(2))
    const [counts] = tableRows(await session.query(`SELECT count(*) AS rows, count("last0.v0") AS found, count("over") AS over, count(*) FILTER (WHERE "over" IS DISTINCT FROM "last0.v0" - "limit") AS wrong, bool_and(ordered) AS ordered FROM (SELECT *, coalesce("time" >= lag("time") OVER (), true) AS ordered FROM read_parquet('${path}'))`))
    await session.close()
    process.stdout.write(`${JSON.stringify({ memory, rows: Number(rows), examples: Number(examples), made: made.rows, ...counts, seconds: seconds.map(s => Math.round(s)), heapMB: Math.round(process.memoryUsage().heapTotal / 2 ** 20), peakBeforeMB: Math.round(before / 1024), peakMB: Math.round(process.resourceUsage().maxRSS / 1024) })}\n`)
  } finally { await platform.close() }
} finally { rmSync(folder, { recursive: true, force: true }) }
