// The features of a view for all that is asked of it: each window by the way that its aggregates take, put together example by example.
import { valueColumn } from '../../source.ts'
import { answerOf, type Aliases } from './answer.ts'
import { answerAlone, answerTroubled, type Alone, type Answers } from './direct.ts'
import { distinctPoints } from './distinct.ts'
import { createExtremes, type Extreme } from './extremes.ts'
import { finish, type Computed, type Listed } from './finish.ts'
import type { Frame } from './frame.ts'
import { createLastRows, findLastRows, type LastRows } from './last-values.ts'
import { createPercentiles } from './percentiles.ts'
import { rowParts, type Part, type Recipe, type Recipes } from './recipe.ts'
import type { Rows } from './rows.ts'
import { createSessionSpells } from './sessions.ts'
import { createTotals, spellPoints, type Points, type TotalsWanted } from './totals.ts'
import { createWindowSpells, groupByWindow, type WindowGroup } from './windows.ts'

/** Whether features need every spell, or only those that are not plain: what can be added and taken away does without. */
export function needsSpells(recipes: Recipes): boolean { return recipes.all.some(r => r.session !== null || rowParts(r).length === 0) }

/**
 * Creates the table `out`, a name that begins none of the frame's: `n` and `f<slot>` of each recipe, a row for each example.
 * @param alone which rows count at a moment of no chain; null where the frame has none
 */
export async function evaluate(frame: Frame, out: string, recipes: Recipes, rows: Rows, alone: Alone | null): Promise<void> {
  const { session } = frame
  const groups = groupByWindow(recipes.all)
  const shared: TotalsWanted[] = []
  const points: Points[] = []
  const answers = new Map<number, Answers>()
  const lasts = new Map<number, LastRows>()
  for (const group of groups) {
    const mine: Answers = { totals: null, extremes: null, percentiles: new Map(), lastRows: new Map() }
    answers.set(group.id, mine)
    const isSession = group.window.kind === 'session'
    const byRows = unique(group.recipes.flatMap(rowParts))
    const needed = isSession || group.recipes.some(r => rowParts(r).length === 0)
    const { spells, troubled } = isSession ? await createSessionSpells(frame, rows, group) : { spells: rows.spells !== null && (needed || rows.loose) ? await createWindowSpells(frame, rows, group) : null, troubled: null }
    const own: Points[] = []
    if (spells !== null) {
      if (byRows.length > 0 && (isSession || rows.loose)) own.push(spellPoints(spells, group.id, byRows, isSession ? '' : 'NOT plain'))
      for (const r of uniqueBy(group.recipes.filter(x => x.how === 'distinct' || x.how === 'sketch'), x => x.value + x.how)) own.push(distinctPoints(r, spells, group.id))
    }
    const wanted: TotalsWanted = { group, parts: unique([...byRows, ...group.recipes.flatMap(distinctParts)]), byTime: !isSession }
    if (wanted.parts.length > 0) {
      mine.totals = isSession ? `${frame.out}_totals${group.id}` : `${frame.out}_totals`
      if (isSession) await createTotals(frame, mine.totals, rows, [wanted], own)
      else {
        shared.push(wanted)
        // The points of all windows are summed together, later: what they are made of is kept till then.
        for (const [i, sql] of own.entries()) {
          const kept = `${frame.out}_points${group.id}_${i}`
          await session.run(`CREATE OR REPLACE TEMP TABLE ${kept} AS ${sql}`)
          points.push(`SELECT * FROM ${kept}`)
        }
      }
    }
    if (spells !== null) await answerOrdered(frame, group, spells, mine, troubled, lasts)
    if (troubled !== null) {
      await answerTroubled(frame, rows, troubled, group, mine)
      await session.run(`DROP TABLE ${troubled}`)
    }
    if (spells !== null) await session.run(`DROP TABLE ${spells}`)
  }
  if (shared.length > 0) await createTotals(frame, `${frame.out}_totals`, rows, shared, points)
  if (alone !== null && frame.alone !== null) await answerAlone(frame, rows, recipes.columns.map(c => c.name), alone, groups.map(group => ({ group, answers: answers.get(group.id) as Answers })))
  await putTogether(frame, out, rows, groups, answers, lasts)
}

/** Extremes, percentiles and last values of one window. */
async function answerOrdered(frame: Frame, group: WindowGroup, spells: string, mine: Answers, troubled: string | null, lasts: Map<number, LastRows>): Promise<void> {
  const extremes = uniqueBy(group.recipes.flatMap((r): Extreme[] => (r.how === 'extreme' || r.how === 'row' ? [{ value: r.value, pick: r.pick }] : r.how === 'since' ? [{ value: r.value, pick: 'max' }] : [])), e => e.pick + e.value)
  if (extremes.length > 0) {
    mine.extremes = `${frame.out}_extremes${group.id}`
    await createExtremes(frame, mine.extremes, spells, group.id, extremes)
  }
  const ranked = group.recipes.filter(r => r.how === 'percentile')
  for (const value of new Set(ranked.map(r => r.value))) {
    const ps = [...new Set(ranked.filter(r => r.value === value).map(r => r.p))]
    const table = `${frame.out}_ranks${group.id}_${value}`
    mine.percentiles.set(value, { table, ps })
    await createPercentiles(frame, table, spells, group.id, value, ps)
  }
  for (const r of group.recipes) {
    if (r.how !== 'lastN') continue
    const tables = await createLastRows(frame, spells, group, r, troubled)
    lasts.set(r.slot, tables)
    mine.lastRows.set(r.slot, tables.direct)
  }
}

async function putTogether(frame: Frame, out: string, rows: Rows, groups: readonly WindowGroup[], answers: ReadonlyMap<number, Answers>, lasts: ReadonlyMap<number, LastRows>): Promise<void> {
  const { session } = frame
  const joins = new Map<string, string>()
  const join = (table: string, on: (alias: string) => string): string => {
    const key = on('')
    const alias = [...joins.keys()].indexOf(`${table} ${key}`)
    if (alias >= 0) return `j${alias}`
    const name = `j${joins.size}`
    joins.set(`${table} ${key}`, `LEFT JOIN ${table} AS ${name} ON ${on(name)}`)
    return name
  }
  const kept: string[] = []
  const selected: string[] = []
  const computed: Computed[] = []
  const listed: Listed[] = []
  for (const group of groups) {
    const { totals, extremes, percentiles } = answers.get(group.id) as Answers
    const moment = (table: string | null): string => (table === null ? '' : join(table, alias => `${alias}.m = a.m`))
    const aliases: Aliases = {
      totals: moment(totals), extremes: moment(extremes),
      percentiles: value => { const { table, ps } = percentiles.get(value) as { table: string; ps: number[] }; return { alias: moment(table), ps } },
      row: place => join(rows.rows, alias => `${alias}.r = ${place}`),
    }
    for (const r of group.recipes) {
      const name = `f${r.slot}`
      if (r.how === 'lastN') {
        const last = lasts.get(r.slot)
        if (last !== undefined) listed.push({ name, select: (from, to) => listSql(frame, rows, last, r, from, to) })
        continue
      }
      const answer = answerOf(r, group, aliases)
      if ('sql' in answer) {
        kept.push(name)
        selected.push(`${answer.sql}${r.how === 'row' ? `.${valueColumn(r.column)}` : ''} AS ${name}`)
      } else {
        const columns = answer.columns.map((sql, i) => { selected.push(`${sql} AS ${name}_${i}`); return `${name}_${i}` })
        computed.push({ name, type: r.type, columns, compute: answer.compute })
      }
    }
  }
  const simple = computed.length === 0 && listed.length === 0
  const target = simple ? out : `${frame.out}_wide`
  await session.run(`CREATE OR REPLACE TEMP TABLE ${target} AS SELECT x.n${selected.map(s => `, ${s}`).join('')} FROM ${frame.options.examples} AS x LEFT JOIN ${frame.asked} AS a ON a.n = x.n ${[...joins.values()].join(' ')}${simple ? ' ORDER BY x.n' : ''}`)
  if (!simple) await finish(session, out, target, kept, computed, listed)
}

/** The last values of some examples, after the rows that hold them were found. */
async function listSql(frame: Frame, rows: Rows, last: LastRows, r: Recipe & { how: 'lastN' }, from: number, to: number): Promise<string> {
  const asked = `${frame.asked} WHERE n >= ${from} AND n < ${to}`
  const found = `${frame.out}_found`
  await findLastRows(frame, found, last, `SELECT m FROM ${asked}`)
  return `SELECT a.n, e.${valueColumn(r.column)} AS value FROM (SELECT m, r FROM ${found} QUALIFY row_number() OVER (PARTITION BY m ORDER BY r DESC) <= ${r.n}) AS f
    JOIN (SELECT n, m FROM ${asked}) AS a ON a.m = f.m JOIN ${rows.rows} AS e ON e.r = f.r ORDER BY a.n, f.r DESC`
}

function distinctParts(r: Recipe): Part[] { return r.how === 'distinct' ? [r.count] : r.how === 'sketch' ? [r.filled, r.weight] : [] }

function unique(parts: readonly Part[]): Part[] { return uniqueBy(parts, p => p.name) }

function uniqueBy<T>(list: readonly T[], key: (item: T) => string): T[] { return [...new Map(list.map(item => [key(item), item])).values()] }
