// Tables that nobody thought of: each ends in a served model, or in words that say what to do.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resolveConfig } from '../../core/config.ts'
import { openEngine } from '../../platform.ts'
import { main } from '../main.ts'
import { seededRandom } from '../../core/seeded-random.ts'

let folder: string
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'slipway-odd-')) })
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

async function init(file: string, ...more: string[]): Promise<{ code: number; out: Record<string, unknown>; err: string }> {
  let out = ''
  let err = ''
  const code = await main(['init', file, '--yes', '--json', '--project', `${file}-project`, '--home', `${file}-home`, ...more], { stdout: { write: (t: string) => { out += t } }, stderr: { write: (t: string) => { err += t } }, env: {}, cwd: folder })
  return { code, out: JSON.parse(out) as Record<string, unknown>, err }
}

const random = seededRandom(3)
/** Rows of id, hour, x and an outcome that x mostly decides, cut as `row` says. */
function table(header: string, row: (i: number, when: string, x: number, outcome: boolean) => string): string {
  const rows = Array.from({ length: 500 }, (_, i) => {
    const x = random()
    return row(i, new Date(Date.UTC(2024, 0, 1, i)).toISOString().slice(0, 19), x, x + random() / 2 > 0.75)
  })
  return `${header}\n${rows.join('\n')}\n`
}

describe('is refused in two lines', () => {
  it.each<[string, string, string[], RegExp]>([
    ['empty.csv', '', [], /is empty/], ['header.csv', 'a,b\n', [], /no rows/], ['single.csv', '1\n0\n1\n', [], /no table/], ['fake.parquet', 'PAR1', [], /no Parquet file/],
    ['constant.csv', table('id,when,x,target', (i, t, x) => `${i},${t},${x},yes`), ['--target', 'target'], /always true/],
    ['three.csv', table('id,when,x,target', (i, t, x) => `${i},${t},${x},${'abc'[i % 3]}`), ['--target', 'target'], /3 values/],
    ['rare.csv', table('id,when,x,target', (i, t, x) => `${i},${t},${x},${i === 9 ? 'no' : 'yes'}`), [], /each outcome must come/],
  ])('%s', async (name, text, options, message) => {
    writeFileSync(join(folder, name), text)
    const { code, out, err } = await init(name, ...options)
    expect([code, out.detail]).toEqual([2, expect.stringMatching(message)])
    expect(err).toMatch(/^✗ [^\n]+\n→ [^\n]+\n$/)
    expect(err).not.toContain('/docs')
  })
})

describe('becomes a served model', () => {
  it.each<[string, string | Buffer]>([
    ['names.csv', table('__proto__,"when","the ""price""\nin EUR",constructor,x,x', (i, t, x, y) => `${i},${t},${x},${i % 3},${1 - x},${y ? 'ja' : 'nein'}`)],
    ['latin.csv', Buffer.from(table('id,when,größe,ort,ziel', (i, t, x, y) => `${i},${t},${x},${i % 2 ? 'Köln' : 'Zürich'},${y ? 'ja' : 'nein'}`), 'latin1')],
    ['numbers.csv', table('id,when,big,x,none,late', (i, t, x, y) => `${9_007_199_254_740_993n + BigInt(i)},${t},18446744073709551${100 + i},${i % 40 === 0 ? 'inf' : x},,${y ? 1 : 0}`)],
    ['times.csv', table('id,when,x,late', (i, t, x, y) => `${i},${i % 2 ? t : `${t.slice(8, 10)}.${t.slice(5, 7)}.${t.slice(0, 4)} ${t.slice(11, 16)}`},${x},${y ? 1 : 0}`)],
  ])('%s', async (name, bytes) => {
    writeFileSync(join(folder, name), bytes)
    const { code, out } = await init(name)
    expect([code, (out.prediction as { output?: number } | null)?.output]).toEqual([0, expect.any(Number)])
  })

  it('a Parquet of every type', async () => {
    const engine = await openEngine(resolveConfig({}).config)
    const session = await engine.connect()
    await session.run(`COPY (SELECT uuid() AS uid, {'a': i, 'b': {'c': 'x'}} AS nested, [i] AS list, (i * 1.5)::DECIMAL(38, 10) AS money, TIME '00:00:00' + to_seconds(i) AS clock, (CASE i % 2 WHEN 0 THEN 'red' ELSE 'blue' END)::ENUM('red', 'blue') AS colour,
      '\\xAA'::BLOB AS bytes, (TIMESTAMP '2024-01-01' + to_hours(i))::TIMESTAMP_NS AS ts, MAP {'k': i} AS pairs, i::HUGEINT AS huge, i::UBIGINT AS big, to_days(i::INT) AS span, NULL::INT AS nothing, x, x + hash(i * 7) % 1000 / 2000.0 > 0.75 AS target
      FROM (SELECT range AS i, hash(range) % 1000 / 1000.0 AS x FROM range(500))) TO '${join(folder, 'types.parquet')}' (FORMAT parquet)`)
    await session.close()
    await engine.close()
    const { code, out } = await init('types.parquet', '--target', 'target')
    expect([code, (out.prediction as { output?: number } | null)?.output]).toEqual([0, expect.any(Number)])
  })
})
