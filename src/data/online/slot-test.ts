// Conditions on the rows of a state, by slot.
import { passes, type ConditionPlan } from '../meaning/condition.ts'
import { getSlot, type ValueColumn } from './value-column.ts'

/** Whether the row in a slot satisfies all of a list of conditions. */
export type SlotTest = (slot: number) => boolean

/** Null for no conditions. */
export function openTest(conditions: readonly ConditionPlan[], columnOf: (name: string) => ValueColumn): SlotTest | null {
  const tests = conditions.map((condition): SlotTest => {
    const column = columnOf(condition.column)
    return slot => passes(condition, getSlot(column, slot))
  })
  if (tests.length === 0) return null
  return tests.length === 1 ? tests[0] : slot => tests.every(test => test(slot))
}
