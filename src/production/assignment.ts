// Which release answers whom while traffic is shared: the same one for the same entity, in every process and after every restart.
import { hash } from 'node:crypto'
import { canonicalize } from '../core/canonical.ts'
import type { Value } from '../core/schema.ts'
import type { CheckedRow } from './request.ts'

/**
 * A number in [0, 1): the first 53 bits of SHA-256 over endpoint, challenger and key. The challenger is in it so that a second trial
 * divides the entities anew.
 */
export function stickyFraction(endpoint: string, challenger: string, key: Value | Record<string, Value>): number {
  const digest = hash('sha256', canonicalize([endpoint, challenger, key]), 'buffer')
  return (digest.readUInt32BE(0) * 2 ** 21 + (digest.readUInt32BE(4) >>> 11)) / 2 ** 53
}

/** The entity by which an endpoint shares its traffic; null: all entities together. */
export interface StickyEntity { name: string; isLabel: boolean }

/** What a row is shared by. A row without the key is shared by all its entities. */
export function stickyKey({ entities, labelKey }: Pick<CheckedRow, 'entities' | 'labelKey'>, sticky: StickyEntity | null): Value | Record<string, Value> {
  const key = sticky === null ? null : entities[sticky.name] ?? (sticky.isLabel ? labelKey : null)
  return key ?? entities
}
