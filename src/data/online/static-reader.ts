import type { FeatureOrigin } from '../../core/ports/features.ts'
import type { Value } from '../../core/schema.ts'
import type { Micros } from '../../core/time.ts'
import type { LatestPlan, ViewPlan } from '../compiled-service.ts'
import { keyId } from '../entity-key.ts'
import { passes, type ConditionPlan } from '../meaning/condition.ts'
import type { StaticState } from './static-state.ts'
import type { ViewReader } from './view-reader.ts'

/** The row of a static source: always known, whatever t is. Of several of one key that satisfy the view's conditions, the last. */
export class StaticReader implements ViewReader {
  readonly #state: StaticState
  readonly #key: string
  readonly #tests: { column: number; condition: ConditionPlan }[]
  readonly #features: { column: number; slot: number }[]

  constructor(state: StaticState, view: ViewPlan) {
    const indexOf = (name: string): number => state.source.columns.findIndex(c => c.name === name)
    this.#state = state
    this.#key = keyId(view.keys)
    this.#tests = view.where.map(condition => ({ column: indexOf(condition.column), condition }))
    this.#features = (view.features as LatestPlan[]).map(f => ({ column: indexOf(f.column), slot: f.slot }))
  }

  read(key: Value, _t: Micros, _seen: Micros, out: Value[]): void {
    const row = this.#find(key)
    for (const f of this.#features) out[f.slot] = row === undefined ? null : row[f.column]
  }

  trace(key: Value, _t: Micros, out: Value[], origins: (FeatureOrigin | null)[]): void {
    const row = this.#find(key)
    for (const f of this.#features) {
      out[f.slot] = row === undefined ? null : row[f.column]
      origins[f.slot] = { status: row === undefined ? 'notFound' : row[f.column] === null ? 'missing' : 'present', eventTime: null }
    }
  }

  #find(key: Value): readonly Value[] | undefined {
    const rows = key === null ? undefined : this.#state.find(this.#key, key)
    return this.#tests.length === 0 ? rows?.at(-1) : rows?.findLast(r => this.#tests.every(({ column, condition }) => passes(condition, r[column])))
  }
}
