// Foreign tables, end to end: from the file to a prediction over HTTP, without any editing.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLog } from '../../core/log.ts'
import { openServer } from '../../http/index.ts'
import { openEngine, openPlatform } from '../../platform.ts'
import { seededRandom } from '../../core/seeded-random.ts'
import { writeDirtyCustomers } from '../init/fixtures/dirty-customers.ts'
import { main } from '../main.ts'

interface Made {
  table: { rows: number; repeated: number; columns: { name: string; type: string; missing: number; unreadable: number; unreadableExamples: string[] }[]; nested: { original: string }[] }
  choices: { label: string; outcome: object; time: object; key: { column: string; added: boolean }; inputs: { name: string }[]; derived: { name: string }[]; leftOut: { name: string; leak: boolean }[]; dropRepeated: boolean }
  run: { data: { counts: { training: number; holdout: number } }; candidate: { metrics: { auc: { value: number; low: number } } } }
  gate: { passed: boolean; reference: string }
  approval: { actor: string } | null
  prediction: { output: number; decision: boolean; features: Record<string, unknown> } | null
  request: { path: string; body: { entities: object; request: Record<string, unknown> } }
  resumed: boolean
  files: { path: string; state: string }[]
}

let folder: string
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'slipway-init-')) })
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await main(argv, { stdout: { write: (t: string) => { out += t } }, stderr: { write: (t: string) => { err += t } }, env: {}, cwd: folder })
  return { code, out, err }
}

/** `slipway init` in a folder and a home of its own. */
async function init(name: string, ...argv: string[]): Promise<{ code: number; made: Made; err: string }> {
  const { code, out, err } = await run('init', ...argv, '--project', name, '--home', `${name}/home`, '--json')
  return { code, made: JSON.parse(out) as Made, err }
}

/** The request that the command printed, sent over HTTP to a server of the home. */
async function ask(name: string, { path, body }: Made['request']): Promise<{ status: number; reply: { output: number; features: Record<string, unknown> } }> {
  const log = openLog({ level: 'silent' })
  const platform = await openPlatform({ home: join(folder, name, 'home'), log })
  const server = await openServer(platform, { host: '127.0.0.1', port: 0, log })
  try {
    const reply = await fetch(`${server.url}${path}?features=true`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    return { status: reply.status, reply: await reply.json() as { output: number; features: Record<string, unknown> } }
  } finally { await server.close(); await platform.close() }
}

describe('a CSV with every kind of dirt', () => {
  let dirt: ReturnType<typeof writeDirtyCustomers>
  beforeAll(() => { dirt = writeDirtyCustomers(join(folder, 'Kunden 2024.csv')) })

  it('becomes a served model', async () => {
    const { code, made, err } = await init('customers', 'Kunden 2024.csv', '--yes')
    expect([code, err]).toEqual([0, ''])
    expect(made.table).toMatchObject({ rows: dirt.rows, repeated: dirt.repeated, nested: [] })
    const column = (name: string) => made.table.columns.find(c => c.name === name)
    expect(made.table.columns.filter(c => c.unreadable > 0)).toEqual([expect.objectContaining({ name: 'monthly_charge', unreadable: dirt.unreadableCharges })])
    for (const [name, type] of [['sign_up_date', 'timestamp'], ['senior', 'boolean'], ['churned', 'boolean'], ['total_charge', 'float64'], ['usage_percent', 'float64'], ['tenure_months', 'int64'], ['plan_2', 'string'], ['strasse', 'string']]) expect([name, column(name)?.type]).toEqual([name, type])
    expect(made.choices).toMatchObject({ outcome: { column: 'churned', equals: true }, time: { column: 'sign_up_date' }, key: { column: 'kundennummer', added: false }, dropRepeated: true })
    expect(made.choices.leftOut.filter(l => l.leak).map(l => l.name)).toEqual(['left_on', 'cancellation_code'])
    expect(made.choices.leftOut.map(l => l.name)).toEqual(expect.arrayContaining(['column_1', 'cost_center', 'notes', 'eclair']))
    expect(made.run.data.counts.training + made.run.data.counts.holdout).toBe(dirt.rows - dirt.repeated)
    expect(made.run.candidate.metrics.auc.value).toBeGreaterThan(0.7)
    expect(made).toMatchObject({ gate: { passed: true, reference: 'baseline:constant' }, approval: { actor: 'policy:approve-what-passed-its-gate' } })

    const { status, reply } = await ask('customers', made.request)
    expect(status).toBe(200)
    // The same row, the same answer; features that are made of the time are there too.
    expect(reply.output).toBe(made.prediction?.output)
    expect(reply.features).toMatchObject({ contract: expect.any(String) as string, sign_up_date_weekday: expect.any(Number) as number })
  })

  it('may be taken in again: what is done is not done twice, and what was edited is kept', async () => {
    const again = await init('customers', 'Kunden 2024.csv', '--yes')
    expect(again).toMatchObject({ code: 0, made: { resumed: true, deployment: { dryRun: true } } })
    expect(again.made.files.find(f => f.path === 'slipway.ts')).toMatchObject({ state: 'as before' })
    const file = join(folder, 'customers/slipway.ts')
    const edited = readFileSync(file, 'utf8').replace('threshold: 0.5', 'threshold: 0.25')
    writeFileSync(file, edited)
    const kept = await init('customers', 'Kunden 2024.csv', '--yes')
    expect(kept.made.files.find(f => f.path === 'slipway.ts')).toMatchObject({ state: 'kept' })
    expect(readFileSync(file, 'utf8')).toBe(edited)
    expect(await run('init', 'Kunden 2024.csv', '--yes', '--project', 'customers', '--name', 'other', '--home', 'customers/home')).toMatchObject({ code: 1, err: expect.stringContaining('is there already') as string })
  })

  it('is cleaned in the same way when a newer file comes', async () => {
    const before = readFileSync(join(folder, 'customers/data/kunden-2024.parquet'))
    const fresh = await run('init', 'Kunden 2024.csv', '--refresh', '--project', 'customers', '--home', 'customers/home', '--json')
    expect(fresh.code).toBe(0)
    expect(readFileSync(join(folder, 'customers/data/kunden-2024.parquet')).equals(before)).toBe(true)
    writeFileSync(join(folder, 'less.csv'), 'a,b\n1,2\n')
    expect(await run('init', 'less.csv', '--name', 'kunden-2024', '--refresh', '--project', 'customers', '--home', 'customers/home')).toMatchObject({ code: 2, err: expect.stringContaining('lacks the columns column_1') as string })
  })

  it('is only shown in a dry run', async () => {
    const { code, out } = await run('init', 'Kunden 2024.csv', '--yes', '--dry-run', '--project', 'dry', '--home', 'dry/home')
    expect(code).toBe(0)
    expect(out).toContain("label: { name: 'churned', column: 'churned', equals: true }")
    expect(out).toContain('nothing was written')
    expect(existsSync(join(folder, 'dry'))).toBe(false)
  })
})

describe('a Parquet of strings, dates and nested columns', () => {
  beforeAll(async () => {
    const engine = await openEngine({ engine: { memory: '1GB', threads: 2 } })
    const session = await engine.connect()
    const random = seededRandom(11)
    await session.load('loans', {
      rows: 4_000, schema: [{ name: 'r', type: 'float64' }, { name: 's', type: 'float64' }, { name: 'i', type: 'int64' }],
      columns: [{ type: 'float64', values: Float64Array.from({ length: 4_000 }, random) }, { type: 'float64', values: Float64Array.from({ length: 4_000 }, random) }, { type: 'int64', values: BigInt64Array.from({ length: 4_000 }, (_, i) => BigInt(i)) }],
    })
    await session.run(`COPY (SELECT uuid_of AS "Loan ID", DATE '2021-01-01' + CAST(i // 5 AS INTEGER) AS issued, TIMESTAMP '1960-01-01' + INTERVAL (CAST(floor(r * 12000) AS INTEGER)) DAY AS "Date of birth",
      CAST(1000 + s * 20000 AS DECIMAL(12, 2)) AS amount, CAST(floor(s * 5) AS TINYINT) AS grade_no, CAST(['car', 'house', 'other'][CAST(1 + floor(r * 2.999) AS INTEGER)] AS ENUM('car', 'house', 'other')) AS purpose,
      strftime(DATE '2015-01-01' + CAST(floor(r * 2000) AS INTEGER), '%b-%Y') AS first_credit, concat(CAST(round(s * 40, 1) AS VARCHAR), '%') AS utilisation, [1, 2] AS history, {'a': 1} AS details, CAST('x' AS BLOB) AS scan,
      CASE WHEN i % 50 = 0 THEN 'NaN'::FLOAT ELSE CAST(r AS FLOAT) END AS score, CASE WHEN hash(i) % 100 < 8 + s * 40 + CASE WHEN r < 0.3 THEN 25 ELSE 0 END THEN 'Charged Off' WHEN i % 97 = 0 THEN NULL ELSE 'Fully Paid' END AS loan_status
      FROM (SELECT *, concat('L', i * 13) AS uuid_of FROM loans) ORDER BY i) TO '${join(folder, 'loans.parquet')}' (FORMAT parquet)`)
    await session.close()
    await engine.close()
  })

  it('becomes a served model, and says what it left out', async () => {
    const { code, made, err } = await init('loans', 'loans.parquet', '--yes')
    expect([code, err]).toEqual([0, ''])
    expect(made.table.nested.map(n => n.original)).toEqual(['history', 'details', 'scan'])
    expect(made.choices).toMatchObject({ label: 'loan_status_is_charged_off', outcome: { column: 'loan_status', equals: 'Charged Off' }, time: { column: 'issued' }, key: { column: 'loan_id' } })
    const types = Object.fromEntries(made.table.columns.map(c => [c.name, c.type]))
    expect(types).toMatchObject({ issued: 'timestamp', date_of_birth: 'timestamp', amount: 'float64', grade_no: 'int64', purpose: 'string', first_credit: 'timestamp', utilisation: 'float64', score: 'float64' })
    expect(made.choices.derived.map(d => d.name)).toEqual(expect.arrayContaining(['date_of_birth_days_before', 'first_credit_days_before', 'issued_weekday']))
    expect(made.gate.passed).toBe(true)
    const { status, reply } = await ask('loans', made.request)
    expect(status).toBe(200)
    expect(reply.output).toBe(made.prediction?.output)
    expect(reply.features.date_of_birth_days_before).toBeGreaterThan(0)
  })
})

it('flights: notices that what happens to the flight leaks', async () => {
  const data = fileURLToPath(new URL('../../../examples/flights/data/flights.parquet', import.meta.url))
  const { code, made } = await init('flights', data, '--target', 'arr_delay', '--above', '15', '--dry-run')
  expect(code).toBe(0)
  expect(made.choices).toMatchObject({ label: 'arr_delay_above_15', time: { column: 'scheduled_departure' }, key: { column: 'flight_id' } })
  expect(made.choices.leftOut.filter(l => l.leak).map(l => l.name)).toEqual(['scheduled_arrival', 'departed_at', 'arrived_at', 'dep_delay', 'air_time'])
})

describe('what cannot become a model', () => {
  beforeAll(() => {
    const random = seededRandom(5)
    const rows = Array.from({ length: 400 }, (_, i) => [i, random().toFixed(3), random() < 0.5 ? 'x' : 'y', random() < 0.5 ? 'yes' : 'no', 'same', i === 7 ? 'rare' : 'usual', i < 20 ? '2024-01-01' : '2024-01-02', i % 3].join(','))
    writeFileSync(join(folder, 'noise.csv'), `id,a,b,won,flat,once,day,three\n${rows.join('\n')}\n`)
    writeFileSync(join(folder, 'few.csv'), `a,won\n${Array.from({ length: 40 }, (_, i) => `${i * i},${i % 2}`).join('\n')}\n`)
    writeFileSync(join(folder, 'letter.csv'), 'Dear Sir or Madam\nthis is no table\n')
    writeFileSync(join(folder, 'book.xlsx'), Buffer.from('PK\u0003\u0004nothing'))
    writeFileSync(join(folder, 'empty.csv'), '')
  })

  it.each<[string, string[], number, string]>([
    ['no file', ['nowhere.csv'], 2, 'There is no file'], ['no table', ['letter.csv'], 2, 'is no table'], ['a workbook', ['book.xlsx'], 2, 'Excel workbook'], ['nothing', ['empty.csv'], 2, 'is empty'],
    ['no target', ['noise.csv'], 2, 'Columns of two values: won, b, once'], ['an unknown target', ['noise.csv', '--target', 'wom'], 2, 'Did you mean "won"?'], ['a constant', ['noise.csv', '--target', 'flat'], 2, 'is always "same"'],
    ['a number without a limit', ['noise.csv', '--target', 'a'], 2, '--above 0.'], ['three values', ['noise.csv', '--target', 'three'], 2, '--above 1'], ['an unknown value', ['noise.csv', '--target', 'won', '--positive', 'perhaps'], 2, 'is never'],
    ['a limit above all', ['noise.csv', '--target', 'a', '--above', '5'], 2, 'leaves one class only'], ['a limit that is none', ['noise.csv', '--target', 'a', '--above', 'high'], 2, '--above must be a number'], ['one rare case', ['noise.csv', '--target', 'once'], 2, 'in 1 of 400 rows'],
    ['few rows', ['few.csv', '--target', 'won'], 2, '40 rows have an outcome'], ['a time that is none', ['noise.csv', '--target', 'won', '--time', 'b'], 2, '--time b does not read as a time'], ['a time of two days', ['noise.csv', '--target', 'won', '--time', 'day'], 2, 'cannot be cut'],
    ['a key that is none', ['noise.csv', '--target', 'won', '--key', 'a'], 2, 'a key is text'], ['two rules', ['noise.csv', '--target', 'won', '--above', '1', '--positive', 'x'], 2, '--above or --positive'], ['a bad name', ['noise.csv', '--target', 'won', '--name', 'My Model'], 2, 'my-model'],
    ['nothing to refresh', ['noise.csv', '--refresh'], 2, 'no table was taken in'],
  ])('%s is said, with what would do', async (_name, argv, code, mentions) => {
    const found = await run('init', ...argv, '--project', 'none', '--home', 'none/home')
    expect(found.err).toContain(mentions)
    expect(found).toMatchObject({ code, err: expect.stringContaining('→') as string })
    expect(existsSync(join(folder, 'none'))).toBe(false)
  })

  it('a target that nothing speaks of is refused by the gate, and the project stays', async () => {
    const argv = ['init', 'noise.csv', '--target', 'won', '--project', 'refused', '--home', 'refused/home']
    const { code, out } = await run(...argv)
    expect(code).toBe(3)
    expect(out).toContain('Nothing is served')
    expect(existsSync(join(folder, 'refused/slipway.ts'))).toBe(true)
    const again = await run(...argv, '--json')
    expect(again.code).toBe(3)
    expect(JSON.parse(again.out)).toMatchObject({ resumed: true, gate: { passed: false }, prediction: null })
  })
})
