// Windowed aggregates in history, for every example at once and without a range join.
//
// A version of a row counts at t while max(event time, known-at) ≤ t < min(event time + window, superseded): it enters and it leaves. Since sums are exact
// integers, what enters adds and what leaves subtracts; the running total per key, looked up at t, is the window's content to the bit. Late rows and
// corrections cost nothing more. O((rows + examples) log rows) for each distinct window.
import type { EngineSession } from '../../core/ports/engine.ts'
import type { ColumnType } from '../../core/schema.ts'
import { tableRows } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'
import type { AggregatePlan, ViewPlan } from '../compiled-service.ts'
import { reachOf } from '../meaning/window.ts'
import { valueColumn } from '../source.ts'
import { rowKeySql } from './view-key.ts'
import { laneSql, planLanes, roundLanes, roundSql, type LanePlan } from './lanes.ts'

interface Contribution { name: string; sql: string }

/** The engine's columns that hold the running totals of one source column. */
interface Totals { column: string; type: ColumnType; count: string; sums: string[]; plan: LanePlan | null }

/**
 * Creates the temporary table `out` with `n` and `f<slot>` for each feature of an aggregate view, a row for each example.
 * @param key the examples' column with the entity's key
 * @param source a table of `createSourceTable`
 */
export async function createAggregates(session: EngineSession, out: string, view: ViewPlan, key: string, source: string, range: { from: Micros; to: Micros }): Promise<void> {
  const features = view.features.filter((f): f is AggregatePlan => f.kind === 'aggregate')
  const windows = [...new Set(features.map(f => reachOf(f.window)))].sort((a, b) => a - b)
  const totals = await planTotals(session, source, features)
  const each = contributions(features, totals)
  for (const [i, window] of windows.entries()) {
    await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_w${i} AS ${runningTotalsSql(source, rowKeySql(view), window, each, range)}`)
  }
  const joins = windows.map((_, i) => `ASOF LEFT JOIN ${out}_w${i} AS w${i} ON x.${key} = w${i}.k AND x.t >= w${i}.t`)
  const wide: { slot: number; base: number; lanes: string[]; mean: string | null }[] = []
  const columns = features.flatMap(f => {
    const w = `w${windows.indexOf(reachOf(f.window))}`
    const { sql, lanes } = featureSql(f, w, totals)
    if (lanes === null) return [`${sql} AS f${f.slot}`]
    const count = f.aggregate === 'mean' ? `f${f.slot}_n` : null
    wide.push({ slot: f.slot, base: lanes.base, lanes: lanes.columns.map((_, l) => `f${f.slot}_${l}`), mean: count })
    return [...lanes.columns.map((c, l) => `CAST(coalesce(${c}, 0) AS VARCHAR) AS f${f.slot}_${l}`), ...(count === null ? [] : [`CAST(coalesce(${w}.${lanes.count}, 0) AS BIGINT) AS ${count}`])]
  })
  const from = `FROM examples AS x ${joins.join(' ')}`
  if (wide.length === 0) await session.run(`CREATE OR REPLACE TEMP TABLE ${out} AS SELECT x.n, ${columns.join(', ')} ${from}`)
  else {
    await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_wide AS SELECT x.n, ${columns.join(', ')} ${from}`)
    await finishWide(session, out, wide)
  }
  for (const i of windows.keys()) await session.run(`DROP TABLE ${out}_w${i}`)
}

/** The running totals that the features need: a count and, for sums and means, lanes, of each distinct column. */
export async function planTotals(session: EngineSession, source: string, features: readonly AggregatePlan[]): Promise<Totals[]> {
  const [{ rows }] = tableRows(await session.query(`SELECT count(*) AS rows FROM ${source}`))
  const totals: Totals[] = []
  for (const name of new Set(features.map(f => f.column).filter(c => c !== null))) {
    const type = features.find(f => f.column === name)?.columnType ?? 'float64'
    const summed = features.some(f => f.column === name && f.aggregate !== 'count')
    const plan = summed ? await planLanes(session, source, valueColumn(name), type === 'int64' ? 'int64' : 'float64', Number(rows)) : null
    const c = totals.length
    totals.push({ column: name, type, plan, count: `c${c}`, sums: Array.from({ length: plan?.lanes ?? 0 }, (_, l) => `s${c}_${l}`) })
  }
  return totals
}

/** What one row adds to each total: `rows` where rows are counted, and what each column needs. */
export function contributions(features: readonly AggregatePlan[], totals: readonly Totals[]): Contribution[] {
  const rows = features.some(f => f.column === null) ? [{ name: 'rows', sql: '1' }] : []
  return [...rows, ...totals.flatMap(({ column, type, count, sums, plan }) => {
    const value = valueColumn(column)
    const lanes = plan === null ? [] : laneSql(plan, value, type === 'int64' ? 'int64' : 'float64')
    return [{ name: count, sql: `CAST(${value} IS NOT NULL AS INTEGER)` }, ...sums.map((name, l) => ({ name, sql: lanes[l] }))]
  })]
}

function runningTotalsSql(source: string, key: string, window: Micros, each: readonly Contribution[], { from, to }: { from: Micros; to: Micros }): string {
  const names = each.map(c => c.name)
  const counted = `SELECT ${key} AS k, greatest("time", known) AS enters, least("time" + ${window}, coalesce(superseded, ${Number.MAX_SAFE_INTEGER})) AS leaves, ${each.map(c => `${c.sql} AS ${c.name}`).join(', ')}
    FROM ${source} WHERE ${key} IS NOT NULL AND "time" < ${to} AND known < ${to} AND "time" + ${window} > ${from}`
  return `WITH counted AS (SELECT * FROM (${counted}) WHERE leaves > enters AND leaves > ${from} AND enters < ${to}),
    steps AS (SELECT k, enters AS t, ${names.join(', ')} FROM counted UNION ALL SELECT k, leaves, ${names.map(n => `-${n}`).join(', ')} FROM counted),
    moments AS (SELECT k, t, ${names.map(n => `sum(${n}) AS ${n}`).join(', ')} FROM steps GROUP BY k, t)
    SELECT k, t, ${names.map(n => `sum(${n}) OVER (PARTITION BY k ORDER BY t ROWS UNBOUNDED PRECEDING) AS ${n}`).join(', ')} FROM moments`
}

/** A feature out of the totals of `w`; several lanes are for the caller to round. */
export function featureSql(f: AggregatePlan, w: string, totals: readonly Totals[]): { sql: string; lanes: { columns: string[]; count: string; base: number } | null } {
  const total = totals.find(t => t.column === f.column)
  if (f.aggregate === 'count' || total === undefined || total.plan === null) return { sql: `CAST(coalesce(${w}.${total?.count ?? 'rows'}, 0) AS BIGINT)`, lanes: null }
  if (total.plan.lanes > 1) return { sql: '', lanes: { columns: total.sums.map(s => `${w}.${s}`), count: total.count, base: total.plan.base } }
  const sum = roundSql(`coalesce(${w}.${total.sums[0]}, 0::HUGEINT)`, total.plan)
  if (f.aggregate === 'sum') return { sql: sum, lanes: null }
  return { sql: `CASE WHEN ${w}.${total.count} > 0 THEN ${sum} / CAST(${w}.${total.count} AS DOUBLE) END`, lanes: null }
}

/** Rounds what one HUGEINT cannot hold. Rare: values that span more than 2^40 or so. */
export async function finishWide(session: EngineSession, out: string, wide: readonly { slot: number; base: number; lanes: string[]; mean: string | null }[]): Promise<void> {
  const names = wide.flatMap(w => [...w.lanes, ...(w.mean === null ? [] : [w.mean])])
  const rows = tableRows(await session.query(`SELECT n, ${names.join(', ')} FROM ${out}_wide`))
  const columns = wide.map(({ base, lanes, mean }) => {
    const values = new Float64Array(rows.length)
    const valid = new Uint8Array(rows.length).fill(1)
    rows.forEach((row, i) => {
      const sum = roundLanes(lanes.map(name => BigInt(row[name] as string)), base)
      if (mean === null) values[i] = sum
      else if (row[mean] === 0) valid[i] = 0
      else values[i] = sum / Number(row[mean])
    })
    return { type: 'float64' as const, values, valid }
  })
  const n = { type: 'int64' as const, values: BigInt64Array.from(rows, r => BigInt(r.n as number)) }
  await session.load(`${out}_rounded`, { rows: rows.length, schema: [{ name: 'n', type: 'int64' }, ...wide.map(w => ({ name: `f${w.slot}`, type: 'float64' as const }))], columns: [n, ...columns] })
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out} AS SELECT * EXCLUDE (${names.join(', ')}) FROM ${out}_wide JOIN ${out}_rounded USING (n); DROP TABLE ${out}_wide; DROP TABLE ${out}_rounded`)
}
