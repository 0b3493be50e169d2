// One aggregate feature of a view: which fields it takes, and of which types.
import type { Aggregate } from '../../core/definition.ts'
import { suggest } from '../../core/nearest-name.ts'
import type { ColumnType } from '../../core/schema.ts'
import { DAY, formatDuration } from '../../core/time.ts'
import { aggregateType } from '../compiled-service.ts'
import { Reader, show } from './reader.ts'

export type ColumnTypes = Map<string, ColumnType | undefined>

const NUMBERS: readonly ColumnType[] = ['float64', 'int64']
const ANY: readonly ColumnType[] = ['float64', 'int64', 'boolean', 'string', 'timestamp']
const MAX_LAST = 100

/** What each aggregate takes: its column (null: none), whether it must have one, and fields of its own. */
const AGGREGATES: Record<Aggregate, { column: readonly ColumnType[] | null; needed: boolean; fields: readonly string[] }> = {
  count: { column: ANY, needed: false, fields: [] },
  sum: { column: NUMBERS, needed: true, fields: [] },
  mean: { column: NUMBERS, needed: true, fields: [] },
  min: { column: ['float64', 'int64', 'timestamp'], needed: true, fields: [] },
  max: { column: ['float64', 'int64', 'timestamp'], needed: true, fields: [] },
  stddev: { column: NUMBERS, needed: true, fields: [] },
  first: { column: ANY, needed: true, fields: [] },
  last: { column: ANY, needed: true, fields: [] },
  lastN: { column: ANY, needed: true, fields: ['n'] },
  countDistinct: { column: ANY, needed: true, fields: [] },
  approxCountDistinct: { column: ANY, needed: true, fields: [] },
  percentile: { column: NUMBERS, needed: true, fields: ['p'] },
  share: { column: null, needed: false, fields: ['of'] },
  timeSince: { column: ANY, needed: false, fields: [] },
}

/** Its type, as far as it can be told. */
export function checkAggregate(feature: Reader, columns: ColumnTypes | undefined): ColumnType | undefined {
  const aggregate = feature.oneOf('aggregate', Object.keys(AGGREGATES) as Aggregate[])
  const { column: types, needed, fields } = aggregate === undefined ? { column: ANY, needed: false, fields: ['n', 'p', 'of'] } : AGGREGATES[aggregate]
  feature.only('name', 'aggregate', 'window', 'where', ...(types === null ? [] : ['column']), ...fields)
  checkWindow(feature)
  checkConditions(feature, 'where', columns)
  if (aggregate === 'lastN') feature.number('n', `a whole number from 1 to ${MAX_LAST}`, n => Number.isInteger(n) && n >= 1 && n <= MAX_LAST)
  if (aggregate === 'percentile') feature.number('p', 'a number from 0 to 1, such as 0.5 for the median', p => p >= 0 && p <= 1)
  if (aggregate === 'share') checkConditions(feature, 'of', columns, { needed: true })
  let columnType: ColumnType | undefined
  if (types !== null && feature.has('column')) {
    const name = feature.text('column')
    columnType = name === undefined ? undefined : columns?.get(name)
    if (name !== undefined && columns !== undefined && !columns.has(name)) feature.fault('column', noColumn(name, columns))
    else if (columnType !== undefined && aggregate !== undefined && !types.includes(columnType)) feature.fault('column', `must be ${types.includes('timestamp') ? 'a number or a time' : 'a number'} for ${aggregate}, and '${name}' is ${columnType}`)
  } else if (needed) feature.fault('column', `is missing: ${aggregate} of which column?`)
  if (aggregate === undefined || (needed && columnType === undefined)) return undefined
  return aggregateType(aggregate, columnType ?? null)
}

function checkWindow(feature: Reader): void {
  const window = feature.raw('window')
  if (window === 'lifetime') return
  if (typeof window !== 'object' || window === null) { feature.duration('window'); return }
  const reader = feature.object('window')
  if (reader === null) return
  if (reader.has('session')) {
    reader.only('session', 'longest')
    const gap = reader.duration('session')
    if (!reader.has('longest')) {
      if (gap !== undefined && gap > DAY) reader.fault('longest', `is missing: without it a session is at most a day long, less than the pause of ${formatDuration(gap)} that ends it`)
      return
    }
    const longest = reader.duration('longest')
    if (gap !== undefined && longest !== undefined && longest < gap) reader.fault('longest', 'must not be shorter than the pause that ends a session')
    return
  }
  reader.only('tumbling', 'offset')
  reader.duration('tumbling')
  if (reader.has('offset')) reader.duration('offset', { signed: true })
}

const ORDERED = ['above', 'atLeast', 'below', 'atMost'] as const

/** A list of conditions under `key`. */
export function checkConditions(owner: Reader, key: string, columns: ColumnTypes | undefined, { needed = false }: { needed?: boolean } = {}): void {
  if (!owner.has(key) && !needed) return
  for (const condition of owner.list(key, { empty: !needed })) {
    condition.only('column', 'equals', 'not', 'in', ...ORDERED, 'missing')
    const column = condition.text('column')
    if (column !== undefined && columns !== undefined && !columns.has(column)) condition.fault('column', noColumn(column, columns))
    const type = column === undefined ? undefined : columns?.get(column)
    const tests = condition.keys().filter(k => k !== 'column')
    if (tests.length === 0) condition.fault('', 'says nothing of its column: give equals, not, in, above, atLeast, below, atMost or missing')
    for (const test of ['equals', 'not'] as const) if (condition.has(test)) checkConstant(condition, test, condition.raw(test), type)
    if (condition.has('in')) {
      const all = condition.raw('in')
      if (!Array.isArray(all) || all.length === 0) condition.fault('in', 'must be a list of values, and not empty')
      else all.forEach((value, i) => { checkConstant(condition, `in[${i}]`, value, type) })
    }
    for (const test of ORDERED) {
      if (!condition.has(test)) continue
      if (type !== undefined && !NUMBERS.includes(type)) condition.fault(test, `compares numbers, and '${column}' is ${type}`)
      else checkConstant(condition, test, condition.raw(test), type ?? 'float64')
    }
    if (condition.has('missing')) condition.flag('missing')
  }
}

function checkConstant(condition: Reader, key: string, value: unknown, type: ColumnType | undefined): void {
  const fault = (what: string): void => { condition.faultAt({ key }, `must be ${what}, and is ${show(value)}`) }
  switch (type) {
    case undefined: if (!['string', 'number', 'boolean'].includes(typeof value)) fault('text, a number, or true or false'); break
    case 'string': if (typeof value !== 'string' || !value.isWellFormed()) fault('text, as its column is'); break
    case 'boolean': if (typeof value !== 'boolean') fault('true or false, as its column is'); break
    case 'int64': if (!Number.isSafeInteger(value)) fault('a whole number within 2^53, as its column is whole'); break
    case 'float64': if (typeof value !== 'number' || !Number.isFinite(value)) fault('a finite number, as its column is'); break
    case 'timestamp': condition.faultAt({ key }, 'cannot compare a time; a condition on one can only say whether it is missing')
  }
}

export function noColumn(name: string, columns: Map<string, unknown>): string {
  const known = [...columns.keys()]
  return `names the column '${name}', which the source does not have; it has ${known.join(', ') || 'none'}.${suggest(name, known)}`
}
