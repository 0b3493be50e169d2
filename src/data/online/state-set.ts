// The online state of all sources at one journal position.
import type { Column, Value } from '../../core/schema.ts'
import type { Micros } from '../../core/time.ts'
import { EventState } from './event-state.ts'
import { covers, type Need, type Needs } from './state-spec.ts'
import { StaticState } from './static-state.ts'

/** Brings rows of one set of columns into one state. */
interface Feed { state: EventState; /** Where each column of the state stands in the rows, or −1; null when they are the same. */ map: number[] | null }

/** Pushed events of one source, in the order of their sequences. */
export interface EventFrame { source: string; columns: readonly Column[]; first: number; events: readonly { knownAt: Micros; values: readonly Value[] }[] }

export class StateSet {
  /** By state key. */
  readonly events = new Map<string, EventState>()
  readonly statics = new Map<string, StaticState>()
  /** The last position that changed anything here. */
  applied = 0
  #feeds = new WeakMap<readonly Column[], Feed[]>()

  /** Adds empty state. */
  add(key: string, need: Need, lateness: Micros): void {
    if (need.source.eventTime === undefined) this.statics.set(key, new StaticState(need.source, need.keys.keys()))
    else this.events.set(key, new EventState({ source: need.source, keys: need.keys, lateness, lookback: need.lookback }))
    this.#feeds = new WeakMap()
  }

  /** Takes over the states of another set, in place of its own. */
  replace(other: StateSet): void {
    for (const [key, state] of other.events) this.events.set(key, state)
    for (const [key, state] of other.statics) this.statics.set(key, state)
    this.applied = Math.max(this.applied, other.applied)
    this.#feeds = new WeakMap()
  }

  covers(key: string, need: Need): boolean {
    const state = this.events.get(key)
    if (state !== undefined) return covers(state.spec, need)
    const rows = this.statics.get(key)
    return rows !== undefined && [...need.keys.keys()].every(id => rows.keys.has(id))
  }

  /** What the states here were made for. */
  needs(): Needs {
    return new Map([
      ...[...this.events].map(([key, s]): [string, Need] => [key, { source: s.source, keys: new Map(s.spec.keys), lookback: s.spec.lookback ?? 0 }]),
      ...[...this.statics].map(([key, s]): [string, Need] => [key, { source: s.source, keys: new Map([...s.keys].map(id => [id, 0])), lookback: 0 }]),
    ])
  }

  sourceNames(): Set<string> {
    return new Set([...this.events.values(), ...this.statics.values()].map(s => s.source.name))
  }

  apply(frame: EventFrame, now: Micros): void {
    const feeds = this.#feedsOf(frame.source, frame.columns)
    this.applied = Math.max(this.applied, frame.first + frame.events.length - 1)
    for (let i = 0; i < frame.events.length; i++) {
      const { knownAt, values } = frame.events[i]
      for (const { state, map } of feeds) {
        const own = map === null ? values : map.map(at => (at < 0 ? null : values[at]))
        if (own[state.eventTimeColumn] !== null && state.idColumns.every(c => own[c] !== null)) state.insert(knownAt, frame.first + i, own, now)
      }
    }
  }

  /** The state of that key, whatever kind it is. */
  find(key: string): EventState | StaticState | undefined { return this.events.get(key) ?? this.statics.get(key) }

  /** Columns are matched by name and type; what a row does not have is missing. */
  #feedsOf(source: string, columns: readonly Column[]): Feed[] {
    let feeds = this.#feeds.get(columns)
    if (feeds !== undefined) return feeds
    feeds = [...this.events.values()].filter(s => s.source.name === source).map(state => {
      const map = state.source.columns.map(c => columns.findIndex(o => o.name === c.name && o.type === c.type))
      return { state, map: map.length === columns.length && map.every((at, i) => at === i) ? null : map }
    })
    this.#feeds.set(columns, feeds)
    return feeds
  }
}
