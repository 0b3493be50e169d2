import type { SourceDefinition } from '../../core/definition.ts'
import type { Value } from '../../core/schema.ts'
import { keyColumns, keyOf } from '../entity-key.ts'
import type { LookedUp } from './looked-up.ts'

type StaticRow = readonly Value[]

/** The rows of a source without event time: those of the dataset version that was materialized last. */
export class StaticState implements LookedUp {
  readonly source: SourceDefinition
  /** By `keyId`. */
  readonly keys: ReadonlySet<string>
  /** Null until something was materialized. */
  datasetVersion: string | null = null
  sequence = 0
  rows = 0
  changes = 0
  /** Every change may change every answer, whatever was known when. */
  readonly newestKnown = Number.NEGATIVE_INFINITY
  readonly backfilledAt = Number.POSITIVE_INFINITY
  #byKey = new Map<string, Map<Value, StaticRow[]>>()

  constructor(source: SourceDefinition, keys: Iterable<string>) {
    this.source = source
    this.keys = new Set(keys)
  }

  /** Rows in the order of the dataset. */
  replace(datasetVersion: string, sequence: number, rows: readonly StaticRow[]): void {
    this.#byKey = new Map([...this.keys].map(id => [id, this.#index(id, rows)]))
    this.datasetVersion = datasetVersion
    this.sequence = sequence
    this.rows = rows.length
    this.changes++
  }

  /** All rows of a key, in the order of the dataset. */
  find(id: string, key: Value): readonly StaticRow[] | undefined { return this.#byKey.get(id)?.get(key) }

  changedAt(): number { return this.changes }

  /** How many different keys there are. */
  count(id: string): number { return this.#byKey.get(id)?.size ?? 0 }

  get bytes(): number { return this.rows * (64 + this.source.columns.length * 16) }

  #index(id: string, rows: readonly StaticRow[]): Map<Value, StaticRow[]> {
    const columns = keyColumns(id).map(name => this.source.columns.findIndex(c => c.name === name))
    const byKey = new Map<Value, StaticRow[]>()
    for (const row of rows) {
      const key = keyOf(columns.map(c => row[c]))
      if (key === null) continue
      const found = byKey.get(key)
      if (found === undefined) byKey.set(key, [row])
      else found.push(row)
    }
    return byKey
  }
}
