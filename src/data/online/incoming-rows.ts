import type { Value } from '../../core/schema.ts'
import { getValue } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'
import { EventState, type StagedRows } from './event-state.ts'
import type { StaticState } from './static-state.ts'

/** Rows that are applied before others have their turn: some milliseconds. */
const AT_ONCE = 4_096

/** Rows of a dataset version on their way into one state: nothing sees them until they are admitted. */
export class IncomingRows {
  rows = 0
  readonly #state: EventState | StaticState | undefined
  #staged: { first: number; rows: number }[] = []
  #static: Value[][] = []

  /** @param state undefined where nothing reads the source: its rows are only counted */
  constructor(state: EventState | StaticState | undefined) { this.#state = state }

  take(rows: StagedRows): void {
    this.rows += rows.rows
    if (this.#state instanceof EventState) this.#staged.push(this.#state.stage(rows))
    else if (this.#state !== undefined) for (let i = 0; i < rows.rows; i++) this.#static.push(rows.columns.map(c => getValue(c, i)))
  }

  /** Makes all of them count, under one sequence. Until it ends the state is of no position. */
  async admit(datasetVersion: string, sequence: number, now: Micros): Promise<void> {
    if (this.#state === undefined) return
    if (!(this.#state instanceof EventState)) { this.#state.replace(datasetVersion, sequence, this.#static); return }
    for (const { first, rows } of this.#staged.splice(0)) for (let at = 0; at < rows; at += AT_ONCE) {
      this.#state.admit({ first: first + at, rows: Math.min(AT_ONCE, rows - at) }, sequence, now)
      await new Promise(resolve => { setImmediate(resolve) })
    }
  }

  /** They are not to count after all. */
  discard(): void {
    if (this.#state instanceof EventState) for (const staged of this.#staged.splice(0)) this.#state.discard(staged)
  }
}
