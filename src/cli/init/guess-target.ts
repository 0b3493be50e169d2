// Which column is the outcome, and which of its values makes it true.
import { SlipwayError } from '../../core/errors.ts'
import { suggest } from '../../core/nearest-name.ts'
import type { Value } from '../../core/schema.ts'
import type { ColumnFacts, Outcome } from '../../data/index.ts'

const OUTCOMES = /(^|_)(target|label|y|class|outcome|response|result|churn(ed)?|attrition|default(ed)?|fraud(ulent)?|convert(ed)?|conversion|surviv(ed|al)|died|death|mortality|cancell?(ed|ation)|late|delayed|returned|bought|purchased?|click(ed)?|won|success|fail(ed|ure)?|readmitted|approved|subscribed|bad|exited|left|spam|diagnosis|disease|stroke|diabetes|deposit|income|accepted|claim(ed)?|lapsed|no_show|noshow|potability|loan_status)(_|$)/
const TRUE_WORDS = /^(yes|y|true|t|1|bad|churn(ed)?|default(ed)?|fraud(ulent)?|late|delayed|cancell?ed|lost?|fail(ed|ure)?|positive|pos|malignant|>\s*50k\.?|charged[ _-]off|died|dead|deceased|exited|left|gone|spam|abnormal|sick|ill|won|bought|converted|returned|accepted|rejected|no[ _-]show)$/i
const CONFIDENT = 5

export interface TargetGuess { column: ColumnFacts; score: number }

/** Columns of two values, the likeliest first. */
export function guessTargets(columns: readonly ColumnFacts[]): TargetGuess[] {
  return columns.flatMap((column, i) => {
    if (column.distinct !== 2 || column.type === 'timestamp') return []
    const score = (OUTCOMES.test(column.name) ? CONFIDENT : 0) + (i === columns.length - 1 ? 3 : 0) + (column.missing === 0 ? 1 : 0)
    return [{ column, score }]
  }).sort((a, b) => b.score - a.score)
}

/** The column that a user means, by our name or the file's. @throws SlipwayError `usage`, with what there is. */
export function findColumn(columns: readonly ColumnFacts[], asked: string, option: string): ColumnFacts {
  const text = asked.trim()
  const found = columns.find(c => c.name === text) ?? columns.find(c => c.original.trim() === text) ?? columns.find(c => c.original.trim().toLowerCase() === text.toLowerCase())
  if (found !== undefined) return found
  const names = columns.map(c => c.name)
  throw new SlipwayError('usage', `${option} names the column ${JSON.stringify(asked)}, which the table does not have.${suggest(text, [...names, ...columns.map(c => c.original)])}`, { remedy: `It has ${listed(names)}.` })
}

/** At most twenty names. */
export function listed(names: readonly string[]): string {
  return names.length <= 20 ? names.join(', ') : `${names.slice(0, 20).join(', ')} and ${names.length - 20} more`
}

/** When the column's value makes the outcome true. @throws SlipwayError `usage` for a column that cannot be an outcome without more words. */
export function outcomeOf(column: ColumnFacts, options: { above?: number; positive?: string }): Outcome {
  const { name, type } = column
  if (column.distinct === 0) throw new SlipwayError('usage', `The target ${name} has no values.`, { remedy: 'Name another with --target.' })
  if (column.distinct === 1) throw new SlipwayError('usage', `The target ${name} is always ${shown(column.values[0]?.value ?? null)}: there is nothing to learn.`, { remedy: 'Name a column with two outcomes.' })
  if (type === 'timestamp') throw new SlipwayError('usage', `The target ${name} is a time; an outcome is true or false.`, { remedy: 'Name a column of two values, or a number with --above.' })
  if (options.above !== undefined) {
    if (type !== 'int64' && type !== 'float64') throw new SlipwayError('usage', `--above needs a number, and ${name} is ${type === 'string' ? 'text' : 'true or false'}.`, { remedy: type === 'string' ? `Say which value is the outcome: --positive ${quoted(column.values[0]?.value ?? 'VALUE')}.` : 'Leave --above out.' })
    if (column.low !== null && column.high !== null && (options.above < column.low || options.above >= column.high)) throw new SlipwayError('usage', `--above ${options.above} leaves one class only: ${name} lies between ${column.low} and ${column.high}.`, { remedy: `Choose a number between them, such as the median, ${column.middle}.` })
    return { column: name, above: options.above }
  }
  if (options.positive !== undefined) return { column: name, equals: positiveValue(column, options.positive) }
  if (column.distinct === 2) return { column: name, equals: likelyTrue(column) }
  if (type === 'string') throw new SlipwayError('usage', `The target ${name} has ${column.distinct.toLocaleString('en')} values${column.values.length === 0 ? '' : ` (${listed(column.values.map(v => shown(v.value)))})`}, and an outcome is true or false.`, { remedy: `Say which one makes it true: --positive ${quoted(column.values[0]?.value ?? 'VALUE')}.` })
  throw new SlipwayError('usage', `The target ${name} is a number with ${column.distinct.toLocaleString('en')} values, and an outcome is true or false.`, { remedy: `Say from where on it is true: --above ${column.middle} (the median).` })
}

/** Of two values, the one that people mean by yes; else the rarer one. */
export function likelyTrue({ values, type }: ColumnFacts): Value {
  if (type === 'boolean') return true
  const [first, second] = values.map(v => v.value)
  if (typeof first === 'number' && typeof second === 'number') return Math.max(first, second)
  const words = values.filter(v => TRUE_WORDS.test(String(v.value)))
  return words.length === 1 ? words[0].value : second
}

function positiveValue(column: ColumnFacts, text: string): Value {
  const { name, type, values } = column
  const wanted = text.trim().toLowerCase()
  if (type === 'boolean') {
    if (/^(true|t|yes|y|1|on)$/.test(wanted)) return true
    if (/^(false|f|no|n|0|off)$/.test(wanted)) return false
  }
  const found = values.find(v => String(v.value) === text.trim()) ?? values.find(v => String(v.value).toLowerCase() === wanted)
  if (found !== undefined) return found.value
  const number = Number(wanted)
  if ((type === 'int64' || type === 'float64') && values.length === 0 && Number.isFinite(number)) return number
  if (type === 'string' && values.length === 0) return text.trim()
  throw new SlipwayError('usage', `The target ${name} is never ${JSON.stringify(text)}.`, { remedy: `It is ${listed(values.map(v => shown(v.value)))}.` })
}

export function shown(value: Value): string { return value === null ? 'missing' : typeof value === 'string' ? JSON.stringify(value) : String(value) }

function quoted(value: Value): string { return /^[\w.-]+$/.test(String(value)) ? String(value) : `'${String(value).replaceAll("'", "'\\''")}'` }

/** Whether a guess may be taken without asking. */
export function isConfident(guesses: readonly TargetGuess[]): boolean {
  return guesses.length > 0 && (guesses.length === 1 || guesses[0].score > guesses[1].score)
}
