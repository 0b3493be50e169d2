// State from the journal: what was pushed and what was materialized, in the order in which it happened.
import type { Clock } from '../../core/clock.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { columnOf, getValue, rowAt, type ColumnData } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'
import type { Batch, LocalJournal } from '../../store/index.ts'
import type { DataContext } from '../dataset.ts'
import { CountedRows } from '../undo/counted-rows.ts'
import { continues, type UndoMark } from '../undo/counting.ts'
import { eventStreamPrefix, MATERIALIZATION } from './event-stream.ts'
import { IncomingRows } from './incoming-rows.ts'
import { readSourceRows } from './source-rows.ts'
import { EventState } from './event-state.ts'
import type { StaticHeader } from './state-header.ts'
import type { Kept, StateKeeper } from './state-keeper.ts'
import { covers, mergeNeeds, type Need, type Needs } from './state-spec.ts'
import { StateSet, type EventFrame } from './state-set.ts'
import { Turns } from './turns.ts'

export interface OnlineContext extends DataContext { journal: LocalJournal; clock: Clock; log: Log; lateness: Micros; keeper: StateKeeper }

/** Rows that are applied at a time. */
const SLICE_ROWS = 512

interface Mark { source: string; datasetVersion: string; upTo: Micros; sequence: number }

/** Fills `set` with what counts at `to` of the journal from `from` to `to`; both ends included, all of it durable. */
export async function replay(context: OnlineContext, set: StateSet, undos: readonly UndoMark[], from: number, to: number): Promise<void> {
  const names = set.sourceNames()
  if (names.size === 0 || from > to) return
  const counted = new CountedRows(undos, names, from, to)
  // Of a static source only the last materialization counts.
  const lastStatic = new Map<string, Mark>()
  const streams = [...[...names].map(eventStreamPrefix), MATERIALIZATION.name]
  const turns = new Turns()
  for (const { first, last } of counted.ranges()) for await (const batch of context.journal.read({ from: first, to: last, streams })) {
    if (batch.stream.name !== MATERIALIZATION.name) {
      const frame = frameOf(batch)
      for (const { start, end } of counted.parts(frame.source, frame.first, frame.events.length)) for (let at = start; at < end; at += SLICE_ROWS) {
        set.apply({ ...frame, first: frame.first + at, events: frame.events.slice(at, Math.min(end, at + SLICE_ROWS)) }, context.clock.now())
        await turns.give()
      }
      continue
    }
    for (let i = 0; i < batch.table.rows; i++) {
      const mark = { ...rowAt(batch.table, i), sequence: batch.first + i } as unknown as Mark
      if (!counted.has(mark.source, mark.sequence)) continue
      for (const [key, state] of set.events) if (state.source.name === mark.source) await applyMark(context, set, key, mark)
      for (const [key, state] of set.statics) if (state.source.name === mark.source) lastStatic.set(key, mark)
    }
  }
  for (const [key, mark] of lastStatic) await applyMark(context, set, key, mark)
}

/**
 * State as it is after everything that counts at `to` and is durable: from what is kept and the journal after it, or from the whole journal where what is
 * kept holds what was undone since. What is kept beyond `needs` is restored too: it was in use, and may be asked for again.
 * @throws SlipwayError `unreachable` when what is kept cannot be asked for, unless it `may` be so: then from the journal.
 */
export async function restoreStates(context: OnlineContext, needs: Needs, undos: readonly UndoMark[], to: number, options?: { may: boolean }): Promise<StateSet> {
  const all: Needs = new Map()
  mergeNeeds(all, needs)
  const warm = new StateSet()
  const kept = await context.keeper.read(to, async found => {
    const filled = new StateSet()
    const statics = await fill(context, filled, all, { ...found, states: new Map([...found.states].filter(([, { need }]) => continues(undos, need.source.name, found.position, to))) })
    warm.replace(filled)
    return { position: found.position, statics }
  }, options)
  if (kept !== null) {
    for (const [key, header] of kept.statics) await fillStatic(context, warm, key, all, header)
    await replay(context, warm, undos, kept.position + 1, to)
  }
  const cold = new StateSet()
  for (const [key, need] of all) if (!warm.covers(key, need)) cold.add(key, need, context.lateness)
  await replay(context, cold, undos, 1, to)
  // State that is not kept yet.
  if (cold.events.size + cold.statics.size > 0) cold.applied = to
  warm.replace(cold)
  return warm
}

/** Takes from what is kept the event states that answer all that is needed, and adds to `needs` what is kept beyond. The answer: the static states, not yet filled. */
async function fill(context: OnlineContext, set: StateSet, needs: Needs, kept: Kept): Promise<[string, StaticHeader][]> {
  const statics: [string, StaticHeader][] = []
  for (const [key, header] of kept.states) mergeNeeds(needs, new Map([[key, header.need]]))
  for (const [key, header] of kept.states) {
    if (header.kind === 'static') { statics.push([key, header]); continue }
    const need = needs.get(key) as Need
    if (!covers(header.need, need) || header.lateness < context.lateness) continue
    set.add(key, need, context.lateness)
    const state = set.events.get(key) as EventState
    state.watermark = header.watermark
    await kept.fill(key, state)
    state.continueAt(header.arrivals)
  }
  return statics
}

async function fillStatic(context: OnlineContext, set: StateSet, key: string, needs: Needs, { datasetVersion, sequence }: StaticHeader): Promise<void> {
  const need = needs.get(key) as Need
  set.add(key, need, context.lateness)
  if (datasetVersion === null) return
  const incoming = new IncomingRows(set.find(key))
  await readSourceRows(context, need.source, datasetVersion, 0, 0, rows => { incoming.take(rows) })
  await incoming.admit(datasetVersion, sequence, context.clock.now())
}

/** Applies a materialization to one state. A definition that does not fit the dataset gets nothing, and the log says so. */
async function applyMark(context: OnlineContext, set: StateSet, key: string, mark: Mark): Promise<void> {
  const state = set.find(key)
  if (state === undefined) return
  const incoming = new IncomingRows(state)
  try {
    await readSourceRows(context, state.source, mark.datasetVersion, mark.upTo, state instanceof EventState ? state.horizon : 0, rows => { incoming.take(rows) })
    await incoming.admit(mark.datasetVersion, mark.sequence, context.clock.now())
    set.applied = Math.max(set.applied, mark.sequence)
  } catch (error) {
    if (!(error instanceof SlipwayError && error.code === 'invalid_definition')) throw error
    context.log.warn('A materialization does not fit another definition of its source and is left out there.', { source: mark.source, datasetVersion: mark.datasetVersion, reason: error.message })
  }
}

function frameOf(batch: Batch): EventFrame {
  const { table, stream } = batch
  const places = stream.columns.flatMap((c, i) => (c.name.startsWith('v.') ? [i] : []))
  const known = columnOf(table, 'knownAt') as ColumnData
  const events = Array.from({ length: table.rows }, (_, i) => ({ knownAt: getValue(known, i) as Micros, values: places.map(at => getValue(table.columns[at], i)) }))
  return { source: stream.name.split('/')[1], columns: places.map(at => ({ name: stream.columns[at].name.slice(2), type: stream.columns[at].type })), first: batch.first, events }
}
