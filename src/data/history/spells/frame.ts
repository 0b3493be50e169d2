// The times at which history is asked, as numbers: what rows and windows are measured by.
//
// A moment is a key with a time t that some example asks about. Moments are numbered by key and time, so that a key has consecutive numbers, and all that is
// true of a row from one time until another is true of it from one moment until another: a spell [i, j).
// Where examples ask as of journal positions, or what was known before another time than t, a moment has these too. Numbers must then grow in each of them: the
// examples of a key are parted into chains in which they do, and each chain is a key of its own. What is left over is answered one by one (`direct.ts`).
import type { EngineSession } from '../../../core/ports/engine.ts'
import { tableRows } from '../../../core/table.ts'

export interface FrameOptions {
  /** The table of those who ask, with `n` and `t`. */
  examples: string
  /** Its column with the key. */
  key: string
  /** Its column with the last known-at that counts; default: `t`. */
  known?: string
  /** Its column with the journal position. */
  position?: string
}

/**
 * Names of temporary tables: `keys` (k, kid, first, last: numbers of its moments, `last` excluded), `moments` (m, kid, t, and `ka`, `p` where they are asked),
 * `asked` (n, m), `alone` (m, kid, t, ka, p: those in no chain, with greater numbers and the first chain of their key).
 */
export interface Frame {
  session: EngineSession
  out: string
  options: FrameOptions
  keys: string
  moments: string
  asked: string
  alone: string | null
}

/** Chains of one key, and moments of one but the first. */
const MOST_CHAINS = 16
const FEWEST = 8
const NEVER = '9223372036854775807::BIGINT'

/** `out` begins the names of all tables. */
export async function createFrame(session: EngineSession, out: string, options: FrameOptions): Promise<Frame> {
  const { examples, key, known, position } = options
  const frame: Frame = { session, out, options, keys: `${out}_keys`, moments: `${out}_moments`, asked: `${out}_asked`, alone: null }
  if (known === undefined && position === undefined) {
    await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_k AS SELECT k, CAST(row_number() OVER () AS INTEGER) AS kid FROM (SELECT DISTINCT ${key} AS k FROM ${examples} WHERE ${key} IS NOT NULL)`)
    await session.run(`CREATE OR REPLACE TEMP TABLE ${frame.moments} AS SELECT row_number() OVER (ORDER BY kid, t) - 1 AS m, kid, t FROM (SELECT DISTINCT kid, t FROM ${examples} AS x JOIN ${out}_k AS k ON x.${key} = k.k)`)
    await session.run(`CREATE OR REPLACE TEMP TABLE ${frame.asked} AS SELECT x.n, m.m FROM ${examples} AS x JOIN ${out}_k AS k ON x.${key} = k.k JOIN ${frame.moments} AS m ON m.kid = k.kid AND m.t = x.t`)
  } else {
    const alone = await createChains(session, frame)
    if (alone) frame.alone = `${out}_alone`
  }
  await session.run(`CREATE OR REPLACE TEMP TABLE ${frame.keys} AS SELECT k.k, k.kid, min(m.m) AS first, max(m.m) + 1 AS last FROM ${out}_k AS k JOIN ${frame.moments} AS m ON m.kid = k.kid GROUP BY k.k, k.kid; DROP TABLE ${out}_k`)
  return frame
}

/** Whether some examples are in no chain. */
async function createChains(session: EngineSession, { out, options, moments, asked }: Frame): Promise<boolean> {
  const { examples, key, known = 't', position } = options
  const p = position ?? '0::BIGINT'
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_rest AS SELECT DISTINCT ${key} AS k, t, ${known} AS ka, ${p} AS p FROM ${examples} WHERE ${key} IS NOT NULL`)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_chained AS SELECT *, 0 AS chain FROM ${out}_rest LIMIT 0`)
  let left = await count(session, `${out}_rest`)
  // Those that no earlier one exceeds make a chain, then of the rest again: as few chains as can be, where moments differ in one more number than their time.
  // Each chain costs all rows of its key once more; those of a few moments are not worth it.
  for (let chain = 0; left > 0 && chain < MOST_CHAINS; chain++) {
    await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_split AS SELECT k, t, ka, p, never AND (${chain} = 0 OR sum(CAST(never AS INTEGER)) OVER (PARTITION BY k) >= ${FEWEST}) AS taken FROM (
      SELECT *, coalesce(ka >= max(ka) OVER before AND p >= max(p) OVER before, true) AS never FROM ${out}_rest WINDOW before AS (PARTITION BY k ORDER BY t, ka, p ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))`)
    await session.run(`INSERT INTO ${out}_chained SELECT k, t, ka, p, ${chain} FROM ${out}_split WHERE taken;
      CREATE OR REPLACE TEMP TABLE ${out}_rest AS SELECT k, t, ka, p FROM ${out}_split WHERE NOT taken; DROP TABLE ${out}_split`)
    const before = left
    left = await count(session, `${out}_rest`)
    if (left === before) break
  }
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_k AS SELECT k, chain, CAST(row_number() OVER (ORDER BY chain) AS INTEGER) AS kid FROM (SELECT DISTINCT k, chain FROM ${out}_chained)`)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${moments} AS SELECT row_number() OVER (ORDER BY kid, t, ka, p) - 1 AS m, kid, t, ka, p FROM ${out}_chained JOIN ${out}_k USING (k, chain)`)
  const join = `x.t = m.t AND x.${known} = m.ka AND ${position === undefined ? p : `x.${position}`} = m.p`
  await session.run(`CREATE OR REPLACE TEMP TABLE ${asked} AS SELECT x.n, m.m FROM ${examples} AS x JOIN ${out}_k AS k ON x.${key} = k.k JOIN ${moments} AS m ON m.kid = k.kid AND ${join}`)
  if (left > 0) {
    await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_alone AS SELECT (SELECT count(*) FROM ${moments}) + row_number() OVER () - 1 AS m, k.kid, t, ka, p FROM ${out}_rest JOIN ${out}_k AS k ON k.k = ${out}_rest.k AND k.chain = 0;
      INSERT INTO ${asked} SELECT x.n, m.m FROM ${examples} AS x JOIN ${out}_k AS k ON x.${key} = k.k AND k.chain = 0 JOIN ${out}_alone AS m ON m.kid = k.kid AND ${join}`)
  }
  await session.run(`DROP TABLE ${out}_rest; DROP TABLE ${out}_chained`)
  return left > 0
}

async function count(session: EngineSession, table: string): Promise<number> { return Number(tableRows(await session.query(`SELECT count(*) AS n FROM ${table}`))[0].n) }

/** What moments grow in: their time, what is known, the journal position. */
export type Dimension = 't' | 'ka' | 'p'

/** Where the first moment of each value of a dimension is found: a table with `kid`, the column `x`, and `m`. */
export interface Steps { table: string; x: string }

/** Of a frame whose examples ask at t alone, the moments themselves. */
export async function stepsOf({ session, out, options, moments }: Frame, dimension: Dimension): Promise<Steps> {
  if (options.known === undefined && options.position === undefined) return { table: moments, x: 't' }
  const table = `${out}_on_${dimension}`
  await session.run(`CREATE TEMP TABLE IF NOT EXISTS ${table} AS SELECT kid, ${dimension} AS x, min(m) AS m FROM ${moments} GROUP BY ALL`)
  return { table, x: 'x' }
}

/**
 * A join that finds the first moment of e's key at which `expression` is reached, in column `m` of `alias`; null: there is none, or nothing to reach.
 * Null must not be compared: where many rows are joined, DuckDB's ASOF join takes it for less than everything.
 */
export function reachedSql(steps: Steps, alias: string, expression: string): string {
  return `ASOF LEFT JOIN ${steps.table} AS ${alias} ON e.kid = ${alias}.kid AND coalesce(${expression}, ${NEVER}) <= ${alias}.${steps.x}`
}

/** Drops every table of a frame. */
export async function dropFrame({ session, out }: Frame): Promise<void> {
  for (const { name } of tableRows(await session.query(`SELECT table_name AS name FROM duckdb_tables() WHERE temporary AND starts_with(table_name, '${out}_')`))) await session.run(`DROP TABLE ${String(name)}`)
}
