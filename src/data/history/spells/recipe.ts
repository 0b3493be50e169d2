// What each feature needs of a row, and how its value is made of what the rows of a window come to.
import type { EngineSession } from '../../../core/ports/engine.ts'
import type { ColumnType } from '../../../core/schema.ts'
import { tableRows } from '../../../core/table.ts'
import type { AggregatePlan, FeaturePlan, ViewPlan } from '../../compiled-service.ts'
import { conditionSql } from '../../meaning/condition.ts'
import { squarePartsSql } from '../../meaning/deviation.ts'
import { sketchSql } from '../../meaning/distinct-sketch.ts'
import { bucketMiddleSql } from '../../meaning/percentile.ts'
import type { WindowPlan } from '../../meaning/window.ts'
import { valueColumn } from '../../source.ts'
import { laneSql, planLanes, planSquares, squareLaneSql, typeOf, type LanePlan } from '../lanes.ts'

/** A number that rows add to a total: a column of the rows, never null. */
export interface Part { name: string; sql: string; type: 'BIGINT' | 'DOUBLE' | 'HUGEINT' }

/** A sum in parts: one a lane. */
export interface Sum { plan: LanePlan; parts: Part[] }

/** `value` is a column of the rows: null where a row does not count for the feature. */
export type Recipe = { slot: number; type: ColumnType; window: WindowPlan; /** Of a session: the column, or `true`, that says which rows make it. */ session: string | null } & (
  | { how: 'count'; count: Part }
  | { how: 'sum'; count: Part | null; sum: Sum }
  | { how: 'deviation'; count: Part; sum: Sum; squares: Sum[] }
  | { how: 'share'; counted: Part; rows: Part }
  | { how: 'distinct'; value: string; count: Part }
  | { how: 'sketch'; value: string; filled: Part; weight: Part }
  | { how: 'extreme'; value: string; pick: 'min' | 'max' }
  | { how: 'since'; value: string }
  /** `value` is the place of the row that answers; `column` is read there. */
  | { how: 'row'; value: string; pick: 'min' | 'max'; column: string }
  | { how: 'lastN'; value: string; n: number; column: string }
  | { how: 'percentile'; value: string; p: number }
)

export interface Recipes {
  all: Recipe[]
  /** Columns of the rows, by their names, in SQL over `v.<column>`, `time` and `r` (the row's place). */
  columns: { name: string; sql: string }[]
  parts: Part[]
  /** Columns of the source that are read at one row. */
  read: string[]
  /** Whether the order of rows matters: `r` then follows (event time, known-at, order). */
  ordered: boolean
}

/** Collects what is asked of the rows, each thing once. */
export class Columns {
  readonly #names = new Map<string, string>()
  readonly parts: Part[] = []

  /** The name of a column; `true` needs none. */
  value(sql: string): string {
    if (sql === 'true') return sql
    const found = this.#names.get(sql)
    if (found !== undefined) return found
    const name = `y${this.#names.size}`
    this.#names.set(sql, name)
    return name
  }

  part(sql: string, type: Part['type']): Part {
    const name = this.value(sql)
    const found = this.parts.find(p => p.name === name)
    if (found !== undefined) return found
    const part = { name, sql, type }
    this.parts.push(part)
    return part
  }

  list(): { name: string; sql: string }[] { return [...this.#names].map(([sql, name]) => ({ name, sql })) }
}

/**
 * The recipes of a view's features.
 * @param from a table with the columns `v.<column>` of all rows that may count: it says how sums are added
 * @param key of a row of `from`, called e
 */
export async function planRecipes(session: EngineSession, from: string, key: string, view: Pick<ViewPlan, 'features' | 'ttl' | 'where'>): Promise<Recipes> {
  const columns = new Columns()
  const full = await findFull(session, from, view.features)
  let rows: number | null = null
  const most = async (): Promise<number> => rows ??= Number(tableRows(await session.query(`SELECT coalesce(max(n), 0) AS most FROM (SELECT count(*) AS n FROM ${from} AS e GROUP BY ${key})`))[0].most)
  const lanes = new Map<string, LanePlan>()
  const planned = async (name: string, plan: () => Promise<LanePlan>): Promise<LanePlan> => {
    const found = lanes.get(name) ?? await plan()
    lanes.set(name, found)
    return found
  }
  const all: Recipe[] = []
  for (const feature of view.features) all.push(await planOne(feature))
  const read = [...new Set(all.flatMap(r => (r.how === 'row' || r.how === 'lastN' ? [r.column] : [])))]
  return { all, columns: columns.list(), parts: columns.parts, read, ordered: read.length > 0 }

  async function planOne(f: FeaturePlan): Promise<Recipe> {
    if (f.kind === 'latest') {
      const where = conditionSql(view.where, valueColumn)
      const window: WindowPlan = view.ttl === null ? { kind: 'lifetime' } : { kind: 'sliding', size: view.ttl }
      return { slot: f.slot, type: f.type, window, session: null, how: 'row', pick: 'max', column: f.column, value: columns.value(only(where, 'r')) }
    }
    const where = conditionSql(f.where, valueColumn)
    const base = { slot: f.slot, type: f.type, window: f.window, session: f.window.kind === 'session' ? columns.value(where) : null }
    const v = f.column === null ? null : valueColumn(f.column)
    const counts = v === null || full.has(v) ? where : and(where, `${v} IS NOT NULL`)
    const count = (condition: string): Part => columns.part(condition === 'true' ? '1' : `CASE WHEN ${condition} THEN 1 ELSE 0 END`, 'BIGINT')
    switch (f.aggregate) {
      case 'count': return { ...base, how: 'count', count: count(counts) }
      case 'share': return { ...base, how: 'share', counted: count(and(where, conditionSql(f.of, valueColumn))), rows: count(where) }
      case 'timeSince': return { ...base, how: 'since', value: columns.value(only(counts, '"time"')) }
      case 'sum': return { ...base, how: 'sum', count: null, sum: await sumOf(f, where) }
      case 'mean': return { ...base, how: 'sum', count: count(counts), sum: await sumOf(f, where) }
      case 'stddev': return { ...base, how: 'deviation', count: count(counts), sum: await sumOf(f, where), squares: await squaresOf(f, where) }
      case 'min': case 'max': return { ...base, how: 'extreme', pick: f.aggregate, value: columns.value(only(where, named(v))) }
      case 'first': case 'last': return { ...base, how: 'row', pick: f.aggregate === 'first' ? 'min' : 'max', column: named(f.column), value: columns.value(only(counts, 'r')) }
      case 'lastN': return { ...base, how: 'lastN', n: f.n, column: named(f.column), value: columns.value(only(counts, 'r')) }
      case 'percentile': return { ...base, how: 'percentile', p: f.p, value: columns.value(only(counts, bucketMiddleSql(`CAST(${named(v)} AS DOUBLE)`))) }
      case 'countDistinct': {
        const value = columns.value(only(where, named(v)))
        return { ...base, how: 'distinct', value, count: added('d', value) }
      }
      case 'approxCountDistinct': {
        const value = columns.value(only(where, sketchSql(named(v), f.columnType ?? 'string')))
        return { ...base, how: 'sketch', value, filled: added('f', value), weight: added('w', value) }
      }
    }
  }

  async function sumOf(f: AggregatePlan, where: string): Promise<Sum> {
    const v = valueColumn(named(f.column))
    const type = f.columnType === 'int64' ? 'int64' : 'float64'
    const plan = await planned(`sum ${v}`, () => planLanes(session, from, v, type, most))
    return { plan, parts: laneSql(plan, only(where, v), type).map(sql => columns.part(sql, typeOf(plan))) }
  }

  async function squaresOf(f: AggregatePlan, where: string): Promise<Sum[]> {
    const v = valueColumn(named(f.column))
    if (f.columnType === 'int64') {
      const plan = await planned(`squares ${v}`, () => planSquares(session, from, v, most))
      return [{ plan, parts: squareLaneSql(plan, only(where, v)).map(sql => columns.part(sql, typeOf(plan))) }]
    }
    const sums: Sum[] = []
    for (const half of ['high', 'low'] as const) {
      const x = squarePartsSql(v)[half]
      const plan = await planned(`${half} ${v}`, () => planLanes(session, from, x, 'float64', most))
      sums.push({ plan, parts: laneSql(plan, only(where, x), 'float64').map(sql => columns.part(sql, typeOf(plan))) })
    }
    return sums
  }
}

/** The columns that miss no value: to count their values is to count rows. */
async function findFull(session: EngineSession, from: string, features: readonly FeaturePlan[]): Promise<Set<string>> {
  const names = [...new Set(features.flatMap(f => (f.kind === 'aggregate' && f.column !== null ? [valueColumn(f.column)] : [])))]
  if (names.length === 0) return new Set()
  const [found] = tableRows(await session.query(`SELECT ${names.map((v, i) => `count(*) = count(${v}) AS full${i}`).join(', ')} FROM ${from}`))
  return new Set(names.filter((_, i) => found[`full${i}`] === true))
}

/** The totals of a feature that are sums over rows. */
export function rowParts(r: Recipe): Part[] {
  switch (r.how) {
    case 'count': return [r.count]
    case 'sum': return [...(r.count === null ? [] : [r.count]), ...r.sum.parts]
    case 'deviation': return [r.count, ...r.sum.parts, ...r.squares.flatMap(q => q.parts)]
    case 'share': return [r.counted, r.rows]
    default: return []
  }
}

/** A total that is no sum over rows: what distinct values add. */
function added(kind: string, value: string): Part { return { name: `${kind}_${value}`, sql: '', type: 'BIGINT' } }

function only(condition: string, sql: string): string { return condition === 'true' ? sql : `CASE WHEN ${condition} THEN ${sql} END` }

function and(a: string, b: string): string { return a === 'true' ? b : b === 'true' ? a : `${a} AND ${b}` }

function named(x: string | null): string {
  if (x === null) throw new RangeError('this aggregate is of a column')
  return x
}
