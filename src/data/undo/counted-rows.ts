// What a replay of the journal takes: of each source the rows that count at one position, from some sequence on.
import { countingAt, type UndoMark } from './counting.ts'
import { holds, join, type Stretch } from './stretch.ts'

export class CountedRows {
  readonly #stretches: Map<string, Stretch[]>

  constructor(marks: readonly UndoMark[], sources: Iterable<string>, from: number, position: number) {
    this.#stretches = new Map([...sources].map(source => [source, countingAt(marks, source, position).flatMap(({ first, last }) => (last < from ? [] : [{ first: Math.max(first, from), last }]))]))
  }

  /** Every stretch in which something counts, in order and without overlap. */
  ranges(): Stretch[] { return join([...this.#stretches.values()].flat()) }

  has(source: string, sequence: number): boolean { return holds(this.#of(source), sequence) }

  /** Which of `rows` consecutive rows from `first` on count, as ranges [start, end) of their places. */
  parts(source: string, first: number, rows: number): { start: number; end: number }[] {
    return this.#of(source).flatMap(s => {
      const start = Math.max(0, s.first - first)
      const end = Math.min(rows, s.last - first + 1)
      return start < end ? [{ start, end }] : []
    })
  }

  #of(source: string): readonly Stretch[] { return this.#stretches.get(source) ?? [] }
}
