// What going back would do: which rows count no more, or again.
import { columnOf, getValue, type ColumnData } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'
import { readRows, type LocalJournal, type SegmentedJournal } from '../../store/index.ts'
import { readMaterializations } from '../history/as-of-events.ts'
import { eventStreamPrefix } from '../online/event-stream.ts'
import { countingAt, type UndoMark } from './counting.ts'
import { holds, join, without, type Stretch } from './stretch.ts'

/** Pushed rows of one source, by position and event time. */
export interface ConcernedRows { source: string; rows: number; first: number; last: number; firstEventTime: Micros; lastEventTime: Micros }

export interface ConcernedMaterialization { source: string; datasetVersion: string; upTo: Micros | null; sequence: number }

/** `undone` counts no more; `again` counts again, where an earlier undo is undone. */
export interface Effects { undone: { rows: ConcernedRows[]; materializations: ConcernedMaterialization[] }; again: Effects['undone'] }

export type UndoJournal = Pick<LocalJournal, 'read'> & Partial<Pick<SegmentedJournal, 'readRows'>>

/** Of which positions the rows change, for each source: from where it stands at `position` to where it stood at `to`. */
export class PositionChange {
  readonly #marks: readonly UndoMark[]
  readonly #known = new Map<string, { undone: Stretch[]; again: Stretch[] }>()
  readonly #source: string
  readonly #to: number
  readonly #position: number

  constructor(marks: readonly UndoMark[], { to, source, position }: { to: number; source: string; position: number }) {
    this.#marks = marks
    this.#source = source
    this.#to = to
    this.#position = position
  }

  of(source: string): { undone: Stretch[]; again: Stretch[] } {
    let change = this.#known.get(source)
    if (change === undefined) {
      const now = countingAt(this.#marks, source, this.#position)
      const then = countingAt(this.#marks, source, this.#to)
      change = this.#source !== '' && this.#source !== source ? { undone: [], again: [] } : { undone: without(now, then), again: without(then, now) }
      this.#known.set(source, change)
    }
    return change
  }

  /** What any source's rows change in: those with marks of their own, and one that stands for all others. */
  ranges(): Stretch[] {
    const sources = this.#source === '' ? ['', ...this.#marks.map(m => m.source)] : [this.#source]
    return join(sources.flatMap(s => Object.values(this.of(s)).flat()))
  }
}

export async function findEffects(journal: UndoJournal, change: PositionChange, source: string): Promise<Effects> {
  const found = { undone: new Map<string, ConcernedRows>(), again: new Map<string, ConcernedRows>() }
  const ranges = change.ranges()
  for (const { first, last } of ranges) {
    const streams = [source === '' ? 'event/' : eventStreamPrefix(source)]
    for await (const { stream, sequences, table } of readRows(journal, { from: first, to: last, streams, columns: ['eventTime'] })) {
      const [, name] = stream.name.split('/')
      const times = columnOf(table, 'eventTime') as ColumnData
      const { undone, again } = change.of(name)
      for (let i = 0; i < table.rows; i++) {
        const sequence = Number(sequences[i])
        if (holds(undone, sequence)) add(found.undone, name, sequence, Number(getValue(times, i)))
        else if (holds(again, sequence)) add(found.again, name, sequence, Number(getValue(times, i)))
      }
    }
  }
  const marks = ranges.length === 0 ? [] : await readMaterializations(journal)
  const effects = (which: 'undone' | 'again'): Effects['undone'] => ({
    rows: [...found[which].values()].sort((a, b) => a.first - b.first), materializations: marks.filter(m => holds(change.of(m.source)[which], m.sequence)),
  })
  return { undone: effects('undone'), again: effects('again') }
}

function add(rows: Map<string, ConcernedRows>, source: string, sequence: number, time: Micros): void {
  const known = rows.get(source)
  if (known === undefined) { rows.set(source, { source, rows: 1, first: sequence, last: sequence, firstEventTime: time, lastEventTime: time }); return }
  known.rows++
  known.first = Math.min(known.first, sequence)
  known.last = Math.max(known.last, sequence)
  known.firstEventTime = Math.min(known.firstEventTime, time)
  known.lastEventTime = Math.max(known.lastEventTime, time)
}
