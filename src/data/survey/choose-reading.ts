// Looks at the cells of a column, and says how they are to be read.
import type { EngineSession } from '../../core/ports/engine.ts'
import type { Row } from '../../core/schema.ts'
import { tableRows } from '../../core/table.ts'
import { literal } from '../sql.ts'
import { booleanSql, clockSql, DECIMAL_COMMA, DECIMAL_POINT, finiteSql, isNothing, numberSql, plainNumberSql, plausibleSql, timeSql, trimmed } from './cell-sql.ts'
import type { RawColumn } from './raw-table.ts'
import type { Reading } from './reading.ts'
import { DAY_FIRST, DIGITS, looksLike, MONTH_FIRST, NAMED } from './time-formats.ts'

const LOOKED_AT = 5_000
/** Of the cells that say something. */
const MOST = 0.95
const MANY = 0.8
const FEW_WORDS = 50
const FORMATTED = 1_000

const SPEAKS_OF_TIME = /(^|_)(date|day|time|timestamp|datetime|ts|dt|epoch|when|on)(_|$)|_at$|(date|time|datum)$/

/** Of these columns of text, by their number: those of plain numbers and nothing else, found in one look at every row. Codes such as 00123, or of more digits than a double holds, are none. */
export async function findPlainNumbers(session: EngineSession, columns: readonly number[], rows: number): Promise<Set<number>> {
  if (columns.length === 0) return new Set()
  const code = (text: string): string => `(starts_with(${text}, '0') AND length(${text}) > 1 AND ${text}[2] <> '.') OR (length(${text}) > 15 AND NOT contains(${text}, '.'))`
  const facts = columns.map(i => `count(*) FILTER (NOT b${i}) AS n${i}, count(${plainNumberSql(`t${i}`)}) FILTER (NOT b${i} AND NOT (${code(`t${i}`)})) AS p${i}`)
  const said = `SELECT ${columns.map(i => `t${i}, ${isNothing(`t${i}`, false)} AS b${i}`).join(', ')} FROM (SELECT ${columns.map(i => `${trimmed(`c${i}`)} AS t${i}`).join(', ')} FROM raw)`
  const [row] = tableRows(await session.query(`SELECT ${facts.join(', ')} FROM (${said})`))
  return new Set(columns.filter(i => Number(row[`n${i}`]) >= Math.min(100, rows / 4) && row[`n${i}`] === row[`p${i}`]))
}

function stepOf(rows: number): number { return Math.max(1, Math.floor(rows / LOOKED_AT)) }

/** @param i the engine's raw column c<i>; @param name its clean name; @param plain what `findPlainNumbers` says */
export async function chooseReading(session: EngineSession, column: RawColumn, i: number, name: string, rows: number, plain: boolean): Promise<Reading> {
  const cell = `c${i}`
  if (column.kind === 'number') return SPEAKS_OF_TIME.test(name) ? await numberAsTime(session, cell) ?? { as: 'is' } : { as: 'is' }
  if (column.kind !== 'text') return { as: 'is' }
  if (plain && !SPEAKS_OF_TIME.test(name)) return { as: 'number', decimal: '.' }
  const step = stepOf(rows)
  const seen = await lookAt(session, cell, `n % ${step} = 0`)
  const found = seen.total < 200 && step > 1 ? await lookAt(session, cell, 'true') : seen
  const { total } = found
  if (total === 0) return { as: 'text' }
  const share = (n: number): number => n / total
  if (found.boolean === total && found.plain < total) return { as: 'boolean' }
  if (SPEAKS_OF_TIME.test(name) && found.plain === total) {
    const time = await textAsTime(session)
    if (time !== null) return time
  }
  if (!found.codes) {
    const number: Reading = { as: 'number', decimal: found.comma > found.point ? ',' : '.' }
    if (share(found.number) >= MOST) return number
    const unit = await commonUnit(session, total)
    if (unit !== null) return { ...number, unit }
    if (share(found.number) >= MANY && found.words > FEW_WORDS) return number
  }
  if (share(found.clock) >= MOST) return { as: 'clock' }
  const time = share(found.dated) >= MANY ? await chooseFormats(session, total) : null
  return time ?? { as: 'text', ...await spellingOf(session, cell, found.distinct) }
}

interface Seen { total: number; distinct: number; plain: number; number: number; point: number; comma: number; boolean: number; clock: number; codes: boolean; /** Distinct values that are no number. */ words: number; /** As long as a date, with digits in it. */ dated: number }

/** Leaves the values that say something in the table `seen`: v, k times. */
async function lookAt(session: EngineSession, cell: string, where: string): Promise<Seen> {
  await session.run(`CREATE OR REPLACE TEMP TABLE seen AS SELECT v, k, ${finiteSql(numberSql('v', { decimal: '.' }))} AS number
    FROM (SELECT v, count(*) AS k FROM (SELECT ${trimmed(cell)} AS v FROM raw WHERE ${where}) WHERE NOT ${isNothing('v', false)} GROUP BY v)`)
  const many = (condition: string): string => `coalesce(CAST(sum(k) FILTER (${condition}) AS BIGINT), 0)`
  const [row] = tableRows(await session.query(`SELECT coalesce(CAST(sum(k) AS BIGINT), 0) AS total, count(*) AS "distinct",
    ${many("regexp_full_match(v, '[-+]?\\d+(\\.0*)?')")} AS plain, ${many('number IS NOT NULL')} AS number,
    ${many(`regexp_matches(v, ${literal(DECIMAL_POINT)})`)} AS point, ${many(`regexp_matches(v, ${literal(DECIMAL_COMMA)})`)} AS comma,
    ${many(`${booleanSql('v')} IS NOT NULL`)} AS boolean, ${many(`contains(v, ':') AND ${clockSql('v')} IS NOT NULL`)} AS clock,
    count(*) FILTER (number IS NULL) AS words, ${many("length(v) BETWEEN 5 AND 45 AND regexp_matches(v, '\\d')")} AS dated,
    coalesce(bool_and(regexp_full_match(v, '\\d+')) AND bool_or(regexp_full_match(v, '0\\d+')) AND min(length(v)) = max(length(v)), false) OR coalesce(bool_and(regexp_full_match(v, '-?\\d+')) AND bool_or(length(v) > 15), false) AS codes FROM seen`))
  const n = (key: string): number => Number(row[key])
  return { total: n('total'), distinct: n('distinct'), plain: n('plain'), number: n('number'), point: n('point'), comma: n('comma'), boolean: n('boolean'), clock: n('clock'), words: n('words'), dated: n('dated'), codes: row.codes === true }
}

/** The unit that nearly all numbers carry, such as kg or months. */
async function commonUnit(session: EngineSession, total: number): Promise<string | null> {
  const [top] = tableRows(await session.query(`SELECT u, CAST(sum(k) AS BIGINT) AS k FROM (SELECT lower(regexp_extract(v, '^[-+]?[\\d.,'' ]*\\d\\s*([A-Za-z°µ²³/]{1,12})\\.?$', 1)) AS u, k FROM seen) WHERE u <> '' GROUP BY u ORDER BY k DESC, u LIMIT 1`))
  if (top === undefined || Number(top.k) < total / 2) return null
  const unit = String(top.u)
  const [row] = tableRows(await session.query(`SELECT coalesce(CAST(sum(k) FILTER (${numberSql('v', { decimal: '.', unit })} IS NOT NULL) AS BIGINT), 0) AS n FROM seen`))
  return Number(row.n) >= total * MOST ? unit : null
}

/** Which formats take the values, and whether the day or the month comes first where both could. */
async function chooseFormats(session: EngineSession, total: number): Promise<Reading | null> {
  const values = tableRows(await session.query(`SELECT v, k FROM seen ORDER BY k DESC, v LIMIT ${FORMATTED}`)).map(r => ({ text: String(r.v), rows: Number(r.k) }))
  const uses = new Map<string, number>()
  for (const format of [...DAY_FIRST, ...MONTH_FIRST, ...NAMED]) for (const { text, rows } of values) if (looksLike(text, format)) uses.set(format, (uses.get(format) ?? 0) + rows)
  const sum = (formats: readonly string[]): number => formats.reduce((n, f) => n + (uses.get(f) ?? 0), 0)
  const [day, month] = [sum(DAY_FIRST), sum(MONTH_FIRST)]
  // With dots the day comes first everywhere; with slashes the values must say, else the month does.
  const dotted = sum(DAY_FIRST.filter(f => f.includes('.%'))) > 0
  const dayFirst = day !== month ? day > month : dotted
  const formats = [...dayFirst ? [...DAY_FIRST, ...MONTH_FIRST] : [...MONTH_FIRST, ...DAY_FIRST], ...NAMED].filter(f => uses.has(f))
  const [any] = tableRows(await session.query(`SELECT coalesce(CAST(sum(k) FILTER (${plausibleSql(timeSql('v', formats))} IS NOT NULL) AS BIGINT), 0) AS taken FROM seen`))
  if (Number(any.taken) < total * MANY) return null
  return { as: 'time', formats, ...(day === month && day > 0 && !dotted ? { assumed: dayFirst ? 'day first' : 'month first' } as const : {}) }
}

const RANGES = [['s', 315_532_800, 4_102_444_800], ['ms', 315_532_800_000, 4_102_444_800_000], ['us', 315_532_800_000_000, 4_102_444_800_000_000]] as const

/** Numbers that are seconds since 1970, or the digits of a date. */
async function numberAsTime(session: EngineSession, cell: string): Promise<Reading | null> {
  const [row] = tableRows(await session.query(`SELECT CAST(min(${cell}) AS DOUBLE) AS low, CAST(max(${cell}) AS DOUBLE) AS high,
    coalesce(bool_and(regexp_full_match(CAST(${cell} AS VARCHAR), '(19|20)\\d{6}') AND try_strptime(CAST(${cell} AS VARCHAR), '%Y%m%d') IS NOT NULL), false) AS digits FROM raw WHERE ${cell} IS NOT NULL`))
  return asTime(row)
}

async function textAsTime(session: EngineSession): Promise<Reading | null> {
  const [row] = tableRows(await session.query(`SELECT min(try_cast(v AS DOUBLE)) AS low, max(try_cast(v AS DOUBLE)) AS high,
    bool_and(regexp_full_match(v, '(19|20)\\d{6}') AND try_strptime(v, '%Y%m%d') IS NOT NULL) AS digits FROM seen`))
  return asTime(row)
}

function asTime(row: Row): Reading | null {
  if (row.digits === true) return { as: 'time', formats: [...DIGITS] }
  const range = RANGES.find(([, low, high]) => Number(row.low ?? 0) >= low && Number(row.high ?? 0) <= high)
  return range === undefined ? null : { as: 'epoch', unit: range[0] }
}

/** Words that differ only in case become the most frequent spelling of them. */
async function spellingOf(session: EngineSession, cell: string, distinct: number): Promise<{ spelling?: Record<string, string> }> {
  if (distinct > 200) return {}
  const rows = tableRows(await session.query(`SELECT v, count(*) AS k FROM (SELECT ${trimmed(cell)} AS v FROM raw) WHERE length(v) > 1 AND NOT ${isNothing('v', true)} GROUP BY v ORDER BY k DESC, v LIMIT 1000`))
  const chosen = new Map<string, string>()
  const spelling: Record<string, string> = {}
  for (const { v } of rows) {
    const word = String(v)
    const key = word.toLowerCase().replace(/\s+/g, ' ')
    const first = chosen.get(key)
    if (first === undefined) chosen.set(key, word)
    else spelling[word] = first
  }
  return Object.keys(spelling).length === 0 ? {} : { spelling }
}
