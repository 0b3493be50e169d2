// Scoring and explaining a LightGBM file beside LightGBM itself, on one thread, in turns: processor time, which other work on the machine disturbs least.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isNative, loadModel } from '../src/models/index.ts'
import type { Value } from '../src/core/schema.ts'
import { pythonEnvironment } from '../test/wire/python-environment.ts'
import { median, type BenchResult } from './result.ts'

const COLUMNS = 15
const ROUNDS = 7
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

interface Measure { name: string; asked: 'predict' | 'one by one' | 'contributions'; what: string; /** Seconds a row. */ ours(): Promise<number> }

export async function run(): Promise<BenchResult[]> {
  const { python } = await pythonEnvironment('lightgbm', here('./lightgbm-requirements.txt'))
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-models-'))
  const child = spawn(python, [here('./models_lightgbm.py'), folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const read = async (): Promise<{ seconds: number; sum: number; version: string }> => JSON.parse((await lines.next()).value as string) as { seconds: number; sum: number; version: string }
    const { version } = await read()
    const theirs = async (asked: string): Promise<number> => { child.stdin.write(`${asked}\n`); return (await read()).seconds }

    const model = await loadModel(readFileSync(join(folder, 'model.txt')))
    if (!isNative(model)) throw new Error('not native')
    const rows = new Float64Array(Uint8Array.from(readFileSync(join(folder, 'rows.bin'))).buffer)
    const count = rows.length / COLUMNS
    const vectors = Array.from({ length: count }, (_, i) => Array.from(rows.subarray(i * COLUMNS, (i + 1) * COLUMNS), (v): Value => (Number.isNaN(v) ? null : v)))
    model.encodeNumbers(rows)
    const into = { raw: new Float64Array(count), output: new Float64Array(count) }
    const first = await secondsOf(() => model.explain(vectors.slice(0, 1)))
    const perRow = (work: () => unknown, times = count) => async (): Promise<number> => (await secondsOf(work)) / times
    const measures: Measure[] = [
      { name: 'models.score.batch', asked: 'predict', what: `${count} rows a call, encoded`, ours: perRow(() => { model.scoreEncoded(rows, count, into) }) },
      { name: 'models.score.vectors', asked: 'predict', what: `${count} rows a call, as values`, ours: perRow(() => model.scoreBatch(vectors)) },
      { name: 'models.score.row', asked: 'one by one', what: 'one row a call', ours: perRow(() => { for (const v of vectors) model.scoreRow(v) }) },
      { name: 'models.shap.batch', asked: 'contributions', what: `${count} rows a call; the first call took ${first.toFixed(2)} s, which makes the tables`, ours: perRow(() => model.explain(vectors)) },
      { name: 'models.shap.row', asked: 'contributions', what: 'one row a call, theirs all in one', ours: perRow(async () => { for (let i = 0; i < 500; i++) await model.explain([vectors[i]]) }, 500) },
    ]
    const results: BenchResult[] = []
    for (const { name, asked, what, ours } of measures) {
      await ours()
      const pairs: { ours: number; theirs: number }[] = []
      for (let i = 0; i < ROUNDS; i++) pairs.push({ ours: await ours(), theirs: await theirs(asked) })
      const mine = median(pairs.map(p => p.ours))
      const other = median(pairs.map(p => p.theirs))
      results.push({ name, value: 1 / mine, unit: 'rows/s', runs: pairs.map(p => 1 / p.ours), note: `${what}; LightGBM ${version} ${Math.round(1 / other).toLocaleString('en')} rows/s: ${(other / mine).toFixed(1)} times` })
    }
    return results
  } finally {
    child.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function secondsOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
