// The value of lastN: the text of a JSON array.
import type { Value } from '../../core/schema.ts'

/** Values in their order (the newest first): numbers in their shortest form, int64 as all its digits, times as microseconds, text escaped as JSON does. */
export function lastValuesText(values: readonly Value[]): string {
  return `[${values.map(v => (typeof v === 'bigint' ? v.toString() : JSON.stringify(v))).join(',')}]`
}
