// SQL that reads cells of text. One place, so that what was looked at is what is converted.
import { literal } from '../sql.ts'

/** What people write for nothing. In text, words that may be a category (`none`, `unknown`) are one. */
const NOTHING = ['', '-', '--', '---', '–', '—', '?', '??', '.', '..', '*', 'n/a', 'na', 'n.a.', 'n.a', '#n/a', '<na>', 'nan', 'nat', 'null', '(null)', '\\n', '#value!', '#ref!', '#div/0!', '#name?', '#null!', '#num!', '(blank)', '[null]']
const NOTHING_BUT_IN_TEXT = [...NOTHING, 'none', 'nil', 'unknown', 'missing', 'not available', 'not applicable', 'undefined', 'not known', 'k.a.', 'tbd', 'inf', '-inf', 'infinity', '-infinity']

const YES = ['true', 't', 'yes', 'y', '1', 'on', '1.0', 'ja', 'oui', 'si', 'sí', 'sim']
const NO = ['false', 'f', 'no', 'n', '0', 'off', '0.0', 'nein', 'non', 'não', 'nao']

const SPACES = ' \\t\\r\\n\u00a0\u2007\u202f\u200b\ufeff'
const CURRENCY = '(?:(?i:US|CA|AU|NZ|HK|R|A|C)?\\$|[€£¥₹₩₽₺₫₴₪₦฿]|(?i:\\b(?:USD|EUR|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|CAD|AUD|NZD|BRL|kr|zł)\\b\\.?|\\bRs\\b\\.?))'

const list = (words: readonly string[]): string => `(${words.map(literal).join(', ')})`

/** Without the white space around it, of every kind. */
export function trimmed(cell: string): string { return `trim(${cell}, e'${SPACES}')` }

/** Whether a trimmed cell says nothing. */
export function isNothing(text: string, inText: boolean): string {
  return `(${text} IS NULL OR lower(${text}) IN ${list(inText ? NOTHING : NOTHING_BUT_IN_TEXT)})`
}

/** True, false, or null for other words. */
export function booleanSql(text: string): string {
  return `CASE WHEN lower(${text}) IN ${list(YES)} THEN true WHEN lower(${text}) IN ${list(NO)} THEN false END`
}

const PLAIN = '[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?'
const GROUPED = { '.': "(?:\\d{1,3}(?:[,'’ \u00a0\u202f]\\d{3})+|\\d+)(?:\\.\\d*)?|\\.\\d+", ',': "(?:\\d{1,3}(?:[.'’ \u00a0\u202f]\\d{3})+|\\d+)(?:,\\d*)?|,\\d+" }

/**
 * A number: plain as programs write it, or as people do: thousands in groups of three, currency signs, a percent sign (12 % is 12), a unit, a minus before,
 * behind or as brackets. `decimal` is the mark of the column; text that only the other reading takes is read by that one.
 */
export function numberSql(text: string, { decimal, unit }: { decimal: '.' | ','; unit?: string }): string {
  const plain = `CASE WHEN regexp_full_match(${text}, ${literal(PLAIN)}) THEN try_cast(${text} AS DOUBLE) END`
  const bare = unit === undefined ? text : `regexp_replace(${text}, ${literal(`(?i)\\s*${escapeRegex(unit)}\\.?$`)}, '')`
  const stripped = `trim(regexp_replace(regexp_replace(replace(${bare}, '−', '-'), ${literal(CURRENCY)}, '', 'g'), '\\s*%$', ''), e'${SPACES}')`
  const other = decimal === '.' ? ',' : '.'
  const dotted = decimal === '.' ? plain : `CASE WHEN contains(${text}, '.') THEN NULL ELSE ${plain} END`
  return `coalesce(${dotted}, ${groupedSql(stripped, decimal)}, ${groupedSql(stripped, other)}, try_cast(${stripped} AS DOUBLE))`
}

/** A number as programs write it: what `numberSql` gives of such, in a short expression. */
export function plainNumberSql(text: string): string { return `try_cast(${text} AS DOUBLE)` }

/** A number without those that are none; −0 is 0. */
export function finiteSql(number: string): string { return `CASE WHEN isfinite(${number}) THEN ${number} + 0.0 END` }

function groupedSql(stripped: string, decimal: '.' | ','): string {
  const body = `regexp_extract(${stripped}, ${literal(`^[-+(]?\\s*(${GROUPED[decimal]})\\s*[-)]?$`)}, 1)`
  const digits = `replace(regexp_replace(${body}, ${literal(decimal === '.' ? "[^0-9.]" : "[^0-9,]")}, '', 'g'), ',', '.')`
  const sign = `CASE WHEN starts_with(${stripped}, '-') OR starts_with(${stripped}, '(') OR ends_with(${stripped}, '-') THEN -1 ELSE 1 END`
  return `${sign} * try_cast(nullif(${digits}, '') AS DOUBLE)`
}

/** What a value says about the decimal mark of its column: only one reading takes it. */
export const DECIMAL_POINT = "\\d,\\d{3}(?:\\.|,\\d{3})|^\\D*\\d+\\.\\d{1,2}(?:\\D|$)|^\\D*\\d+\\.\\d{4,}"
export const DECIMAL_COMMA = "\\d\\.\\d{3}(?:,|\\.\\d{3})|^\\D*\\d+,\\d{1,2}(?:\\D|$)|^\\D*\\d+,\\d{4,}"

/** A time in years that a microsecond clock in a double holds exactly; others are marks for "never". */
export function plausibleSql(time: string): string { return `CASE WHEN isfinite(${time}) AND year(${time}) BETWEEN 1000 AND 2254 THEN ${time} END` }

/** A time: ISO 8601 (UTC without an offset), then the first of the formats that fits. */
export function timeSql(text: string, formats: readonly string[]): string {
  const iso = `CASE WHEN regexp_matches(${text}, '^\\d{4}-\\d{1,2}-\\d{1,2}') THEN try_cast(${text} AS TIMESTAMPTZ) END`
  const other = formats.length === 0 ? '' : `, CAST(try_strptime(${text}, [${formats.map(literal).join(', ')}]) AS TIMESTAMPTZ)`
  return `coalesce(${iso}${other})`
}

/** Seconds, milliseconds or microseconds since 1970. */
export function epochSql(number: string, unit: 's' | 'ms' | 'us'): string {
  const seconds = `CAST(${number} AS DOUBLE)`
  const micros = `CAST(round(${seconds} * ${{ s: '1000000', ms: '1000', us: '1' }[unit]}) AS BIGINT)`
  return `CASE WHEN abs(${seconds}) < ${{ s: '9e9', ms: '9e12', us: '9e15' }[unit]} THEN make_timestamptz(${micros}) END`
}

/** Hours since midnight of `14:30`, `2:30 PM`. */
export function clockSql(text: string): string {
  const value = `coalesce(try_strptime(${text}, ['%H:%M', '%H:%M:%S', '%I:%M %p', '%I:%M:%S %p', '%I:%M%p', '%H:%M:%S.%f']))`
  return `(hour(${value}) + minute(${value}) / 60.0 + second(${value}) / 3600.0)`
}

function escapeRegex(text: string): string { return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&') }
