// Training sets of latest values: 100,000 examples × 3 views of 1,000,000 rows each, 15 features, beside a plain ASOF LEFT JOIN of the same Parquet files,
// written as Parquet by the same engine in the same run. Every example keeps its place in both, and where each row is known as it happens the values are equal.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localActor } from '../src/core/actor.ts'
import { resolveConfig } from '../src/core/config.ts'
import type { ExamplesDefinition, ProjectDefinition, SourceDefinition, ViewDefinition } from '../src/core/definition.ts'
import type { EngineSession } from '../src/core/ports/engine.ts'
import { seededRandom } from '../src/core/seeded-random.ts'
import { emptyColumn, tableRows, type Table } from '../src/core/table.ts'
import { DAY } from '../src/core/time.ts'
import { openPlatform } from '../src/platform.ts'
import { median, type BenchResult } from './result.ts'

const EXAMPLES = 100_000
const ROWS = 1_000_000
const KEYS = 50_000
const VIEWS = ['a', 'b', 'c']
const FEATURES = ['v0', 'v1', 'v2', 'v3', 'v4']
const START = Date.parse('2024-01-01T00:00:00Z') * 1_000
const SPAN = 300 * DAY
const ROUNDS = 5

const COLUMNS: SourceDefinition['columns'] = [
  { name: 'id', type: 'string' }, { name: 'k', type: 'int64' }, { name: 'happened', type: 'timestamp' }, { name: 'known', type: 'timestamp' }, ...FEATURES.map(name => ({ name, type: 'float64' as const })),
]
const ASKED: SourceDefinition['columns'] = [{ name: 'k', type: 'int64' }, { name: 'asked', type: 'timestamp' }, { name: 'y', type: 'float64' }]

/** Events of a view in the order of time. With `late`, every third is known up to five days after it happened. */
function makeEvents(seed: number, late: boolean): Table {
  const random = seededRandom(seed)
  const columns = COLUMNS.map(c => emptyColumn(c.type, ROWS))
  const [id, k, happened, known, ...values] = columns.map(c => c.values)
  for (let i = 0; i < ROWS; i++) {
    const at = START + Math.floor(i * (SPAN / ROWS))
    id[i] = `${seed}-${i}`
    k[i] = BigInt(Math.floor(random() * KEYS))
    happened[i] = at
    known[i] = late && i % 3 === 0 ? at + Math.floor(random() * 5 * DAY) : at
    for (const column of values) column[i] = random() < 0.02 ? 0 : Math.round(random() * 1e6) / 1e3
  }
  return { rows: ROWS, schema: COLUMNS, columns }
}

function makeExamples(): Table {
  const random = seededRandom(1)
  const columns = ASKED.map(c => emptyColumn(c.type, EXAMPLES))
  const [k, asked, y] = columns.map(c => c.values)
  for (let i = 0; i < EXAMPLES; i++) {
    k[i] = BigInt(Math.floor(random() * KEYS * 1.1))
    asked[i] = START + Math.floor(random() * SPAN)
    y[i] = random() < 0.3 ? 1 : 0
  }
  return { rows: EXAMPLES, schema: ASKED, columns }
}

const nameOf = (view: string, late: boolean): string => (late ? `${view}_late` : view)

function makeProject(): ProjectDefinition {
  const all = [false, true].flatMap(late => VIEWS.map(v => nameOf(v, late)))
  const view = (name: string): ViewDefinition => ({ name, kind: 'latest', entity: 'customer', source: name, features: FEATURES.map(f => ({ name: f, column: f })) })
  return {
    name: 'point-in-time', entities: [{ name: 'customer', key: 'k', type: 'int64' }],
    datasets: [...all, 'asked'].map(name => ({ name, files: [`${name}.parquet`] })),
    sources: all.map(name => ({ name, dataset: name, id: ['id'], eventTime: 'happened', knownAt: 'known', columns: COLUMNS })),
    views: all.map(view),
    services: [false, true].map(late => ({ name: late ? 'late' : 'prompt', entities: ['customer'], request: [], features: VIEWS.flatMap(v => FEATURES.map(f => `${nameOf(v, late)}.${f}`)) })),
    models: [], endpoints: [],
  }
}

async function write(session: EngineSession, folder: string, name: string, table: Table): Promise<void> {
  await session.load('made', table)
  await session.run(`COPY made TO '${join(folder, name)}.parquet' (FORMAT parquet); DROP TABLE made`)
}

function plainSql(folder: string): string {
  const file = (name: string): string => `read_parquet('${join(folder, name)}.parquet')`
  const joins = VIEWS.map(v => `ASOF LEFT JOIN ${file(v)} AS ${v} ON e.k = ${v}.k AND e.asked >= ${v}.happened`)
  return `SELECT e.*, ${VIEWS.flatMap(v => FEATURES.map(f => `${v}.${f} AS ${v}_${f}`)).join(', ')} FROM ${file('asked')} AS e ${joins.join(' ')}`
}

/** How many examples have another value in the training set than in the plain join. */
async function countDifferences(session: EngineSession, plain: string, made: string): Promise<number> {
  const values = (of: (v: string, f: string) => string): string => VIEWS.flatMap(v => FEATURES.map(f => of(v, f))).join(', ')
  const ours = `SELECT "entity.customer" AS k, epoch_us("time") AS t, ${values((v, f) => `"${v}.${f}"`)} FROM read_parquet('${made}')`
  const theirs = `SELECT k, epoch_us(asked), ${values((v, f) => `${v}_${f}`)} FROM read_parquet('${plain}')`
  return Number(tableRows(await session.query(`SELECT count(*) AS n FROM ((${ours}) EXCEPT ALL (${theirs}))`))[0].n)
}

/** Seconds; medians of rounds that take turns, and ratios to the plain join of the same round. */
export async function run(): Promise<BenchResult[]> {
  const home = mkdtempSync(join(tmpdir(), 'slipway-bench-point-in-time-'))
  const platform = await openPlatform({ home, config: resolveConfig({ flags: { log: { level: 'warn' } } }).config })
  const session = await platform.engine.connect()
  try {
    await write(session, home, 'asked', makeExamples())
    for (const late of [false, true]) for (const [i, v] of VIEWS.entries()) await write(session, home, nameOf(v, late), makeEvents(10 + i, late))
    await platform.applyProject({ project: makeProject(), bundles: {}, projectDir: home, actor: localActor() })
    const examples: ExamplesDefinition = { dataset: 'asked', time: { column: 'asked' }, entities: { customer: 'k' }, request: {}, label: { name: 'y', column: 'y', above: 0 } }
    let sets = 0
    let made = ''
    // A name of its own for each: none takes rows from another.
    const train = async (service: string): Promise<void> => {
      const set = await platform.data.createTrainingSet({ name: `set-${sets++}`, service, examples, from: START, to: START + SPAN + DAY, actor: localActor(), purpose: 'benchmark' })
      if (set.rows !== EXAMPLES) throw new Error(`${EXAMPLES} examples went in and ${set.rows} came out`)
      made = set.version
    }
    const forget = (): void => { rmSync(join(platform.home.paths.state, 'facts'), { recursive: true, force: true }) }
    const plain = join(home, 'plain.parquet')
    const ways: [string, () => void, () => Promise<void>][] = [
      ['plain', () => {}, () => session.run(`COPY (${plainSql(home)}) TO '${plain}' (FORMAT parquet)`)],
      ['prompt', () => {}, () => train('prompt')], ['prompt, cold', forget, () => train('prompt')],
      ['late', () => {}, () => train('late')], ['late, cold', forget, () => train('late')],
    ]
    const seconds = new Map(ways.map(([name]) => [name, [] as number[]]))
    for (let round = 0; round <= ROUNDS; round++) for (const [name, before, work] of [ways[0], ways[2], ways[1], ways[4], ways[3]]) {
      before()
      // A cold round forgets all; the warm one after it finds what that one found.
      const started = performance.now()
      await work()
      // The first round warms caches of the machine.
      if (round > 0) seconds.get(name)?.push((performance.now() - started) / 1_000)
      if (round === 0 && name === 'prompt') {
        const [{ digest }] = (await platform.metadata.get<{ files: { digest: string }[] }>('datasetVersion', made))!.body.files
        const different = await countDifferences(session, plain, join(platform.home.paths.blobs, digest.slice(0, 2), digest.slice(2)))
        if (different > 0) throw new Error(`${different} examples have other values than the plain join`)
      }
    }
    const of = (name: string): number[] => seconds.get(name) as number[]
    const ratio = (name: string): string => `${(median(of(name)) / median(of('plain'))).toFixed(2)} × plain by medians, ${median(of(name).map((s, i) => s / of('plain')[i])).toFixed(2)} × within rounds`
    const size = `${EXAMPLES.toLocaleString('en')} examples × ${VIEWS.length} views of ${ROWS.toLocaleString('en')} rows, ${VIEWS.length * FEATURES.length} features; ${EXAMPLES.toLocaleString('en')} rows in and out`
    return [
      { name: 'plain ASOF LEFT JOIN to Parquet', value: median(of('plain')), unit: 's', runs: of('plain'), note: size },
      { name: 'training set, rows known as they happen', value: median(of('prompt')), unit: 's', runs: of('prompt'), note: `${ratio('prompt')}; values equal to the plain join's` },
      { name: '  first time on the data', value: median(of('prompt, cold')), unit: 's', runs: of('prompt, cold'), note: `${ratio('prompt, cold')}; checks ids, values and order of the sources, and keeps what it finds` },
      { name: 'training set, a third of the rows up to 5 days late', value: median(of('late')), unit: 's', runs: of('late'), note: `${ratio('late')}, which would read rows before they were known` },
      { name: '  first time on the data', value: median(of('late, cold')), unit: 's', runs: of('late, cold'), note: `${ratio('late, cold')}` },
    ]
  } finally {
    await session.close()
    await platform.close()
    rmSync(home, { recursive: true, force: true })
  }
}
