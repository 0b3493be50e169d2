import type { Value } from '../../core/schema.ts'
import type { Micros } from '../../core/time.ts'
import type { LatestPlan } from '../compiled-service.ts'
import type { EventState } from './event-state.ts'
import type { KeyIndex } from './key-index.ts'
import type { StaticState } from './static-state.ts'
import { getSlot } from './value-column.ts'

/** The latest row per key: event time in (t − ttl, t], ties by known-at, then arrival. */
export class LatestReader {
  readonly #state: EventState
  readonly #index: KeyIndex
  readonly #ttl: Micros
  readonly #features: { column: number; slot: number }[]

  constructor(state: EventState, key: string, ttl: Micros | null, features: readonly LatestPlan[]) {
    this.#state = state
    this.#index = state.indexes.get(key) as KeyIndex
    this.#ttl = ttl ?? Number.POSITIVE_INFINITY
    this.#features = features.map(f => ({ column: state.source.columns.findIndex(c => c.name === f.column), slot: f.slot }))
  }

  read(key: Value, t: Micros, out: Value[]): void {
    const slot = this.#find(key, t)
    for (const f of this.#features) out[f.slot] = slot < 0 ? null : getSlot(this.#state.columns[f.column], slot)
  }

  #find(key: Value, t: Micros): number {
    const events = key === null ? undefined : this.#index.keys.get(key)
    if (events === undefined) return -1
    const { times, slots } = events
    const { known, superseded } = this.#state
    const from = t - this.#ttl
    for (let i = events.countUpTo(t) - 1; i >= 0 && times[i] > from; i--) {
      const slot = slots[i]
      if (known[slot] <= t && superseded[slot] > t) return slot
    }
    return -1
  }
}

/** The row of a static source: always known, whatever t is. */
export class StaticReader {
  readonly #state: StaticState
  readonly #key: string
  readonly #features: { column: number; slot: number }[]

  constructor(state: StaticState, key: string, features: readonly LatestPlan[]) {
    this.#state = state
    this.#key = key
    this.#features = features.map(f => ({ column: state.source.columns.findIndex(c => c.name === f.column), slot: f.slot }))
  }

  read(key: Value, _t: Micros, out: Value[]): void {
    const row = key === null ? undefined : this.#state.find(this.#key, key)
    for (const f of this.#features) out[f.slot] = row === undefined ? null : row[f.column]
  }
}
