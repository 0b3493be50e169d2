import type { SourceDefinition } from '../../core/definition.ts'
import type { Value } from '../../core/schema.ts'

/** The rows of a source without event time: those of the dataset version that was materialized last. */
export class StaticState {
  readonly source: SourceDefinition
  readonly keys: ReadonlySet<string>
  /** Null until something was materialized. */
  datasetVersion: string | null = null
  sequence = 0
  #byKey = new Map<string, Map<Value, readonly Value[]>>()

  constructor(source: SourceDefinition, keys: Iterable<string>) {
    this.source = source
    this.keys = new Set(keys)
  }

  /** Rows in the order of the dataset; of two with one key the later counts. */
  replace(datasetVersion: string, sequence: number, rows: readonly (readonly Value[])[]): void {
    const byKey = new Map<string, Map<Value, readonly Value[]>>()
    for (const name of this.keys) {
      const column = this.source.columns.findIndex(c => c.name === name)
      const map = new Map<Value, readonly Value[]>()
      for (const row of rows) if (row[column] !== null) map.set(row[column], row)
      byKey.set(name, map)
    }
    this.#byKey = byKey
    this.datasetVersion = datasetVersion
    this.sequence = sequence
  }

  find(keyColumn: string, key: Value): readonly Value[] | undefined { return this.#byKey.get(keyColumn)?.get(key) }

  get rows(): number { return Math.max(0, ...[...this.#byKey.values()].map(m => m.size)) }

  get bytes(): number { return this.rows * (64 + this.source.columns.length * 16) }
}
