import type { EventState } from './event-state.ts'
import type { LookupColumn } from './lookup-column.ts'
import type { ValueColumn } from './value-column.ts'

/** The values of rows by slot: columns of a state, and those that its rows get from other views. */
export class RowValues {
  readonly #state: EventState
  readonly #lookups: ReadonlyMap<string, LookupColumn>
  /** To be brought up to date before a row's values are read. */
  readonly lookups: readonly LookupColumn[]

  constructor(state: EventState, lookups: ReadonlyMap<string, LookupColumn>) {
    this.#state = state
    this.#lookups = lookups
    this.lookups = [...lookups.values()]
  }

  columnOf(name: string): ValueColumn { return this.#lookups.get(name)?.column ?? this.#state.columnOf(name) }

  /** The same, of a column whose sketches are kept. */
  sketchedColumnOf(name: string): ValueColumn {
    const lookup = this.#lookups.get(name)
    if (lookup === undefined) return this.#state.sketchedColumnOf(name)
    lookup.keepSketches()
    return lookup.column
  }

  /** Those among these columns. */
  lookupsOf(names: readonly (string | null)[]): LookupColumn[] { return [...this.#lookups].flatMap(([name, lookup]) => (names.includes(name) ? [lookup] : [])) }

  /** Event times by slot. */
  times(): Float64Array { return this.#state.times() }

  refresh(slots: Int32Array, from: number, to: number): void { for (const lookup of this.lookups) lookup.refresh(slots, from, to) }
}
