// Training time of the built-in learners at the size of a year of flights: 245,000 rows of 24 columns, 4 of them categories.
import { emptyColumn, type Table } from '../src/core/table.ts'
import { learnerOf, train } from '../src/intelligence/learners/index.ts'
import { isNative, loadModel, type Model } from '../src/models/index.ts'
import type { Column, Value } from '../src/core/schema.ts'
import { repeat, type BenchResult } from './result.ts'

const ROWS = 245_000
const NUMBERS = 20
const CATEGORIES = [3, 16, 104, 300]
const FEATURES: Column[] = [
  ...Array.from({ length: NUMBERS }, (_, i): Column => ({ name: `number${i}`, type: 'float64' })),
  ...CATEGORIES.map((n, i): Column => ({ name: `category${i}of${n}`, type: 'string' })),
]

/** The same rows each time; every fifth number column has holes, every second few distinct values. */
function makeTable(): Table {
  let state = 1
  const random = (): number => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state / 4294967296 }
  const schema: Column[] = [...FEATURES, { name: 'label', type: 'boolean' }]
  const table: Table = { rows: ROWS, schema, columns: schema.map(c => emptyColumn(c.type, ROWS)) }
  const odds = new Float64Array(ROWS).fill(-1.2)
  table.columns.forEach((column, k) => {
    if (column.type === 'float64') {
      for (let i = 0; i < ROWS; i++) {
        const v = random()
        column.values[i] = k % 2 === 0 ? v : Math.floor(v * 40)
        if (k < 8) odds[i] += (k % 2 === 0 ? v - 0.5 : Math.sin(v * 6) / 2)
      }
      if (k % 5 === 0) column.valid = Uint8Array.from(column.values, () => (random() < 0.1 ? 0 : 1))
    } else if (column.type === 'string') {
      for (let i = 0; i < ROWS; i++) { const c = Math.floor(random() ** 2 * CATEGORIES[k - NUMBERS]); column.values[i] = `c${c}`; odds[i] += (c % 7 - 3) / 10 }
    } else if (column.type === 'boolean') for (let i = 0; i < ROWS; i++) column.values[i] = random() < 1 / (1 + Math.exp(-odds[i])) ? 1 : 0
  })
  return table
}

/** Rows a second, the first call in seconds, and microseconds of a call with one row. */
async function measureShap(model: Model, vectors: Value[][]): Promise<{ value: number; runs: number[]; first: number; single: number }> {
  const timed = async (rows: Value[][]): Promise<number> => {
    const start = performance.now()
    await model.explain(rows)
    return (performance.now() - start) / 1000
  }
  const first = await timed(vectors.slice(0, 1))
  await timed(vectors)
  const { value, runs } = await repeat(5, async () => vectors.length / await timed(vectors))
  const singles = await repeat(200, () => timed(vectors.slice(0, 1)))
  return { value, runs, first, single: singles.value * 1e6 }
}

/** Seconds of training in one thread, and microseconds of one prediction of the trained trees. */
export async function run(): Promise<BenchResult[]> {
  const table = makeTable()
  const trained = (learner: string, params: Record<string, number>): { seconds: number; artifact: Uint8Array } => {
    const start = performance.now()
    const { artifact } = train({ learner, table, features: FEATURES, label: 'label', params, seed: 1 })
    return { seconds: (performance.now() - start) / 1000, artifact }
  }
  const size = `${ROWS} rows × ${FEATURES.length} columns, one thread`
  const full = trained('gbdt', { trees: 100, learningRate: 0.1, featureFraction: 1 })
  const standard = trained('gbdt', {})
  const linear = trained('logistic', {})
  const model = await loadModel(full.artifact)
  if (!isNative(model)) throw new Error('expected a native model')
  const vectors: Value[][] = Array.from({ length: 2000 }, (_, i) => FEATURES.map((f, k) => (f.type === 'string' ? `c${i % CATEGORIES[k - NUMBERS]}` : (i * 31 + k * 17) % 40 / 40)))
  for (const v of vectors) model.scoreRow(v)
  const start = performance.now()
  for (let round = 0; round < 5; round++) for (const v of vectors) model.scoreRow(v)
  const micros = (performance.now() - start) * 1000 / (5 * vectors.length)
  const explained = await measureShap(model, vectors)
  const { default: trees } = learnerOf('gbdt').parameters.trees
  return [
    { name: 'training.gbdt', value: full.seconds, unit: 's', note: `${size}, 100 trees × 31 leaves, all features in each tree` },
    { name: 'training.gbdt.defaults', value: standard.seconds, unit: 's', note: `${size}, ${trees} trees at the default parameters` },
    { name: 'training.logistic', value: linear.seconds, unit: 's', note: size },
    { name: 'scoring.row', value: micros, unit: 'µs', note: 'one row through 100 trees × 31 leaves, encoding included' },
    { name: 'scoring.shap', value: explained.value, unit: 'rows/s', runs: explained.runs, note: `exact path-dependent SHAP of the same trees, ${vectors.length} rows a call; the first call took ${explained.first.toFixed(2)} s, which makes the tables; one row a call: ${Math.round(explained.single)} µs` },
  ]
}
