// From a look at the table, options and answers to everything that the project needs.
import { basename, extname } from 'node:path'
import type { LearnerDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import { slugOf, type ColumnFacts, type Outcome, type Survey } from '../../data/index.ts'
import type { Choices } from './choices.ts'
import { chooseInputs } from './choose-inputs.ts'
import { chooseKey, guessKeys } from './guess-key.ts'
import { findColumn, guessTargets, isConfident, listed, outcomeOf, shown, type TargetGuess } from './guess-target.ts'
import { askedTime, chooseTime, guessTimes, type ChosenTime } from './guess-time.ts'
import { askNumber, choose } from './questions.ts'

export interface InitOptions {
  file: string
  target?: string
  positive?: string
  above?: number
  time?: string
  key?: string
  knownAt?: string
  name?: string
  include: string[]
  exclude: string[]
  /** Guesses are taken. */
  yes: boolean
  /** Somebody sits at the terminal. */
  interactive: boolean
}

/** Fewer say nothing about tomorrow. */
const FEWEST_ROWS = 100
const FEWEST_OF_A_CLASS = 20
const SAMPLE = 20_000
/** Rows that train: below the first, few weights learn more than trees do; below the second and third, trees are kept small. */
const [WEIGHTS, SMALL_TREES, SMALL_LEAVES] = [500, 2_000, 10_000]

/** @throws SlipwayError `usage` or `invalid_request`, naming the columns that would do. */
export async function settleChoices(survey: Survey, options: InitOptions): Promise<Choices> {
  const { columns } = survey
  const name = projectName(options)
  const { column, outcome } = await settleOutcome(columns, options)
  const distinctRows = survey.rows - survey.repeated
  const key = await settleKey(columns, distinctRows, column.name, options)
  // Only with a key is a row that comes again surely the same thing told twice.
  const dropRepeated = survey.repeated > 0 && !key.added
  if (dropRepeated) survey.dropRepeated()
  const counts = await survey.outcomes(outcome)
  requireRows(counts, column, outcome)
  const { time, split, note: timeNote } = await settleTime(survey, outcome, options)
  const knownAt = options.knownAt === undefined ? null : knownAtOf(findColumn(columns, options.knownAt, '--known-at'))
  const named = (list: readonly string[], option: string): string[] => list.map(c => findColumn(columns, c, option).name)
  const chosen = chooseInputs({
    columns, rows: distinctRows, sample: await survey.sample(SAMPLE), outcome, time, key: key.column, knownAt,
    include: named(options.include, '--include'), exclude: named(options.exclude, '--exclude'),
  })
  if (chosen.inputs.every(i => !i.model) && chosen.derived.length === 0) {
    throw new SlipwayError('invalid_request', `Nothing is left for a model to read: ${listed(chosen.leftOut.map(l => `${l.name} ${l.why}`))}.`, { remedy: 'Take one in all the same with --include COLUMN, or name another target.' })
  }
  return {
    name, source: basename(options.file), outcome, label: labelOf(column, outcome), counts, time, timeNote, key, knownAt, split,
    dropRepeated, ...chosen,
    learner: learnerFor(split.training, chosen.inputs.filter(i => i.model).length + chosen.derived.length),
  }
}

/** Weights are held back the more, the more there are of them for so few rows. */
function learnerFor(rows: number, features: number): LearnerDefinition {
  if (rows < WEIGHTS) return { name: 'logistic', params: { l2: Math.max(1, features) } }
  if (rows < SMALL_TREES) return { name: 'gbdt', params: { leaves: 7, minLeafRows: 20 } }
  return rows < SMALL_LEAVES ? { name: 'gbdt', params: { minLeafRows: 20 } } : { name: 'gbdt' }
}

/** As it was asked for, or from the file's name. @throws SlipwayError `usage` for a name that none of ours can have. */
export function projectName({ name, file }: Pick<InitOptions, 'name' | 'file'>): string {
  if (name !== undefined) {
    if (/^[a-z][a-z0-9_-]{0,59}$/.test(name)) return name
    throw new SlipwayError('usage', `--name must begin with a letter a to z and go on with letters, digits, _ or - (at most 60), and is ${JSON.stringify(name)}.`, { remedy: `Such as --name ${slugOf(name).replaceAll('_', '-') || 'my-model'}.` })
  }
  const stem = slugOf(basename(file).replace(/\.gz$/i, '').slice(0, -extname(basename(file).replace(/\.gz$/i, '')).length || undefined)).replaceAll('_', '-')
  return /^[a-z]/.test(stem) ? stem : stem === '' ? 'table' : `t-${stem}`
}

async function settleOutcome(columns: readonly ColumnFacts[], options: InitOptions): Promise<{ column: ColumnFacts; outcome: Outcome }> {
  const guesses = guessTargets(columns)
  const column = options.target !== undefined ? findColumn(columns, options.target, '--target') : await guessTarget(columns, guesses, options)
  if (!options.interactive) return { column, outcome: outcomeOf(column, options) }
  const open = options.above === undefined && options.positive === undefined && column.distinct > 1
  if (open && (column.type === 'int64' || column.type === 'float64') && column.distinct > 2) return { column, outcome: outcomeOf(column, { above: await askNumber(`${column.name} is a number from ${column.low} to ${column.high}. The outcome is true above`, column.middle ?? 0) }) }
  if (open && column.type !== 'boolean' && column.values.length >= 2) {
    const first = column.distinct === 2 ? outcomeOf(column, {}).equals : column.values[0].value
    const values = [...column.values].sort((a, b) => Number(b.value === first) - Number(a.value === first))
    return { column, outcome: outcomeOf(column, { positive: await choose(`Which value of ${column.name} is the outcome to predict?`, values.map(v => ({ value: String(v.value), label: shown(v.value), hint: `${v.rows.toLocaleString('en')} rows` }))) }) }
  }
  return { column, outcome: outcomeOf(column, options) }
}

async function guessTarget(columns: readonly ColumnFacts[], guesses: readonly TargetGuess[], options: InitOptions): Promise<ColumnFacts> {
  const numbers = columns.filter(c => (c.type === 'int64' || c.type === 'float64') && c.distinct > 2)
  if (options.interactive && !options.yes) {
    const categories = columns.filter(c => c.type === 'string' && c.distinct > 2 && c.values.length > 0)
    const offered = [...guesses.map(g => g.column), ...categories, ...numbers]
    if (offered.length > 0) {
      return findColumn(columns, await choose('What is to be predicted?', offered.map(c => ({ value: c.name, label: c.name, hint: c.values.length > 0 && c.distinct <= 5 ? c.values.map(v => shown(v.value)).join(' or ') : c.type === 'string' ? `${c.distinct} values` : `a number, ${c.low} to ${c.high}` }))), '--target')
    }
  }
  const candidates = guesses.length > 0 ? `Columns of two values: ${listed(guesses.map(g => g.column.name))}.` : 'No column has exactly two values.'
  const remedy = `${candidates} Name one with --target${numbers.length > 0 ? `, or a number with --above as well (${listed(numbers.slice(0, 8).map(c => c.name))})` : ''}.`
  if (!options.yes) throw new SlipwayError('usage', 'Which column is to be predicted?', { remedy: `${remedy} --yes takes the likeliest.` })
  if (!isConfident(guesses)) throw new SlipwayError('usage', 'No column stands out as the one to predict.', { remedy })
  return guesses[0].column
}

function requireRows(counts: Choices['counts'], column: ColumnFacts, outcome: Outcome): void {
  const { positive, negative } = counts
  const rows = positive + negative
  const says = outcome.above === undefined ? `${column.name} = ${shown(outcome.equals ?? null)}` : `${column.name} > ${outcome.above}`
  if (rows < FEWEST_ROWS) throw new SlipwayError('invalid_request', `${rows.toLocaleString('en')} rows have an outcome, and at least ${FEWEST_ROWS} are needed: some to learn from, others to judge on.`, { remedy: 'Bring more rows.' })
  if (positive === 0 || negative === 0) throw new SlipwayError('invalid_request', `${says} in ${positive === 0 ? 'no row' : 'all rows'}: there is one class only, and nothing to learn.`, { remedy: 'Name another target, value or limit.' })
  if (Math.min(positive, negative) < FEWEST_OF_A_CLASS) throw new SlipwayError('invalid_request', `${says} in ${positive.toLocaleString('en')} of ${rows.toLocaleString('en')} rows, and each outcome must come in at least ${FEWEST_OF_A_CLASS}.`, { remedy: 'Bring more rows, or choose another value or limit.' })
}

async function settleTime(survey: Survey, outcome: Outcome, options: InitOptions): Promise<ChosenTime> {
  let asked = options.time
  if (asked === undefined && options.interactive && !options.yes) {
    const times = guessTimes(survey.columns, survey.rows)
    asked = await choose('When was a row asked about? Earlier rows train, later ones judge.', [
      ...times.map(c => ({ value: c.name, label: c.name })),
      { value: 'row-order', label: 'the order of the rows', hint: 'an assumption: the last rows are the latest' }, { value: 'mixed', label: 'no time', hint: 'rows are mixed by a fixed rule' },
    ])
  }
  if (asked !== undefined) return askedTime(survey, outcome, asked)
  const chosen = await chooseTime(survey, outcome)
  if (chosen === null) throw new SlipwayError('invalid_request', 'The rarer outcome comes too seldom to be both learnt and judged.', { remedy: 'Bring more rows, or choose another value or limit.' })
  return chosen
}

async function settleKey(columns: readonly ColumnFacts[], rows: number, target: string, options: InitOptions): Promise<Choices['key']> {
  const guesses = guessKeys(columns.filter(c => c.name !== target), rows)
  if (options.key !== undefined || !options.interactive || options.yes || guesses.length < 2) return chooseKey(columns, rows, target, options.key)
  const answer = await choose('What names a row? Outcomes find their predictions by it.', [...guesses.map(c => ({ value: c.name, label: c.name })), { value: 'row-number', label: 'the number of the row' }])
  return chooseKey(columns, rows, target, answer)
}

function knownAtOf(column: ColumnFacts): string {
  if (column.type === 'timestamp') return column.name
  throw new SlipwayError('usage', `--known-at ${column.name} does not read as a time.`, { remedy: 'Name a column of times, or leave it out: the outcome is taken to be known at once.' })
}

function labelOf({ name, type }: ColumnFacts, { above, equals }: Outcome): string {
  if (above !== undefined) return slugOf(`${name} above ${String(above).replace('-', 'minus ').replace('.', ' point ')}`)
  return type === 'string' ? slugOf(`${name} is ${slugOf(String(equals)) || 'it'}`) : equals === false ? `not_${name}` : name
}
