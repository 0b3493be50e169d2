import { columnOf, getValue, type ColumnData } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'
import { readRows } from '../../store/index.ts'
import { countingAt, type UndoMark } from './counting.ts'
import type { UndoJournal } from './effects.ts'
import { holds, type Stretch } from './stretch.ts'

/** Pushes of one source that follow each other: by position, by event time, and by when they were recorded. */
export interface PushStretch {
  source: string
  first: number
  last: number
  rows: number
  firstEventTime: Micros
  lastEventTime: Micros
  recordedFrom: Micros
  recordedTo: Micros
  /** False: undone. */
  counts: boolean
}

interface PushedRow { sequence: number; eventTime: Micros; recordedAt: Micros }

/** Positions that are read at a time, and for one answer. */
const CHUNK = 100_000
const MOST_CHUNKS = 20

export interface StretchQuery { from: number; to: number; /** Where the journal stands: what counts, counts there. */ position: number; source?: string; /** A longer pause begins another stretch. */ pause: Micros; /** Positions at which a stretch ends, such as those of materializations. */ breaks: readonly number[]; most: number }

/** The newest stretches of a range, from its end on; `from`: where the search ended, because there were enough, or so many positions were read. */
export async function findPushStretches(journal: UndoJournal, marks: readonly UndoMark[], query: StretchQuery): Promise<{ stretches: PushStretch[]; from: number }> {
  const done: PushStretch[] = []
  const open = new Map<string, PushStretch>()
  const counting = new Map<string, Stretch[]>()
  const breaks = [...query.breaks].sort((a, b) => a - b)
  const isCounted = (source: string, sequence: number): boolean => {
    let stretches = counting.get(source)
    if (stretches === undefined) counting.set(source, stretches = countingAt(marks, source, query.position))
    return holds(stretches, sequence)
  }
  let high = query.to
  for (let chunks = 0; high >= query.from && done.length < query.most && chunks < MOST_CHUNKS; high -= CHUNK, chunks++) {
    for (const [source, rows] of await readPushed(journal, Math.max(query.from, high - CHUNK + 1), high, query.source)) {
      for (const row of rows.sort((a, b) => b.sequence - a.sequence)) {
        const counts = isCounted(source, row.sequence)
        const current = open.get(source)
        if (current !== undefined && current.counts === counts && current.recordedFrom - row.recordedAt <= query.pause && !hasBetween(breaks, row.sequence, current.first)) { extend(current, row); continue }
        if (current !== undefined) done.push(current)
        open.set(source, { source, first: row.sequence, last: row.sequence, rows: 1, firstEventTime: row.eventTime, lastEventTime: row.eventTime, recordedFrom: row.recordedAt, recordedTo: row.recordedAt, counts })
      }
    }
  }
  return { stretches: [...done, ...open.values()].sort((a, b) => b.last - a.last), from: Math.max(query.from, high + 1) }
}

async function readPushed(journal: UndoJournal, from: number, to: number, source: string | undefined): Promise<Map<string, PushedRow[]>> {
  const rows = new Map<string, PushedRow[]>()
  for await (const { stream, sequences, recordedAt, table } of readRows(journal, { from, to, streams: [source === undefined ? 'event/' : `event/${source}/`], columns: ['eventTime'] })) {
    const [, name] = stream.name.split('/')
    const times = columnOf(table, 'eventTime') as ColumnData
    const list = rows.get(name) ?? []
    rows.set(name, list)
    for (let i = 0; i < table.rows; i++) list.push({ sequence: Number(sequences[i]), eventTime: Number(getValue(times, i)), recordedAt: recordedAt[i] })
  }
  return rows
}

function extend(stretch: PushStretch, { sequence, eventTime, recordedAt }: PushedRow): void {
  stretch.first = sequence
  stretch.rows++
  stretch.firstEventTime = Math.min(stretch.firstEventTime, eventTime)
  stretch.lastEventTime = Math.max(stretch.lastEventTime, eventTime)
  stretch.recordedFrom = Math.min(stretch.recordedFrom, recordedAt)
}

/** Whether one of the ascending numbers lies between the two; at the lower one is after its row: a head that changed before heads had rows. */
function hasBetween(sorted: readonly number[], low: number, high: number): boolean {
  let from = 0
  let to = sorted.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if (sorted[middle] < low) from = middle + 1
    else to = middle
  }
  return from < sorted.length && sorted[from] < high
}
