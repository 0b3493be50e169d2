// What rows a feature takes: conditions on the columns of a row, in JavaScript and in SQL, which say the same of every value.
import type { Condition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { ColumnType, Value } from '../../core/schema.ts'
import { literal } from '../sql.ts'

export type ConditionTest =
  | { op: 'in' | 'notIn'; values: readonly (string | number | boolean)[] }
  | { op: 'above' | 'atLeast' | 'below' | 'atMost'; value: number }
  | { op: 'missing' | 'present' }

/** One test of one column. */
export type ConditionPlan = ConditionTest & { column: string; type: ColumnType }

/** Every test of a list of conditions; all must hold. @throws SlipwayError `invalid_definition` for a condition on a column that is not there. */
export function planConditions(conditions: readonly Condition[] | undefined, typeOf: (column: string) => ColumnType): ConditionPlan[] {
  return (conditions ?? []).flatMap(c => {
    const type = typeOf(c.column)
    const tests = testsOf(c)
    if (tests.length === 0) throw new SlipwayError('invalid_definition', `A condition on ${c.column} says nothing.`)
    return tests.map(test => ({ ...test, column: c.column, type }))
  })
}

function testsOf(c: Condition): ConditionTest[] {
  const tests: ConditionTest[] = []
  if (c.equals !== undefined) tests.push({ op: 'in', values: [c.equals] })
  if (c.in !== undefined) tests.push({ op: 'in', values: c.in })
  if (c.not !== undefined) tests.push({ op: 'notIn', values: [c.not] })
  for (const op of ['above', 'atLeast', 'below', 'atMost'] as const) {
    const value = c[op]
    if (value !== undefined) tests.push({ op, value })
  }
  if (c.missing !== undefined) tests.push({ op: c.missing ? 'missing' : 'present' })
  return tests
}

/** Whether a value passes; a missing one passes `missing` alone. */
export function passes(test: ConditionTest, value: Value): boolean {
  if (value === null) return test.op === 'missing'
  switch (test.op) {
    case 'missing': return false
    case 'present': return true
    case 'in': return test.values.includes(value as string | number | boolean)
    case 'notIn': return !test.values.includes(value as string | number | boolean)
    case 'above': return (value as number | bigint) > test.value
    case 'atLeast': return (value as number | bigint) >= test.value
    case 'below': return (value as number | bigint) < test.value
    case 'atMost': return (value as number | bigint) <= test.value
  }
}

/** The same over the engine's columns: true or false, never null. `columnSql` names a column of the row. */
export function conditionSql(plans: readonly ConditionPlan[], columnSql: (column: string) => string): string {
  if (plans.length === 0) return 'true'
  return plans.map(p => {
    const x = columnSql(p.column)
    switch (p.op) {
      case 'missing': return `${x} IS NULL`
      case 'present': return `${x} IS NOT NULL`
      case 'in': return `coalesce(${x} IN (${p.values.map(v => constantSql(v, p.type)).join(', ')}), false)`
      case 'notIn': return `coalesce(${x} NOT IN (${p.values.map(v => constantSql(v, p.type)).join(', ')}), false)`
      default: return `coalesce(${x} ${{ above: '>', atLeast: '>=', below: '<', atMost: '<=' }[p.op]} ${constantSql(p.value, p.type)}, false)`
    }
  }).join(' AND ')
}

function constantSql(value: string | number | boolean, type: ColumnType): string {
  if (typeof value === 'string') return literal(value)
  if (typeof value === 'boolean') return String(value)
  return type === 'int64' ? `${BigInt(value)}::BIGINT` : `'${value}'::DOUBLE`
}
