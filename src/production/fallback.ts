// What answers when the model cannot: rules on what the request itself carries, then a constant. Pure, so that a replay gives the same.
import type { FallbackDefinition, FallbackRule } from '../core/definition.ts'
import type { Row, Value } from '../core/schema.ts'

export interface RuleAnswer { output: number; kind: 'rule' | 'default'; /** Place of the rule that held. */ rule: number | null }

/** The first rule whose condition holds, else the default. */
export function answerByRule({ rules = [], output }: FallbackDefinition, request: Row): RuleAnswer {
  const rule = rules.findIndex(r => holds(r, request[r.request] ?? null))
  return rule < 0 ? { output, kind: 'default', rule: null } : { output: rules[rule].output, kind: 'rule', rule }
}

/** A missing value holds for none. Integers beyond 2^53 are compared as the nearest number, as a definition can only name such. */
function holds({ above, below, equals }: FallbackRule, value: Value): boolean {
  if (value === null) return false
  const known = typeof value === 'bigint' ? Number(value) : value
  if (equals !== undefined) return known === equals
  if (typeof known !== 'number') return false
  return above !== undefined ? known > above : below !== undefined && known < below
}
