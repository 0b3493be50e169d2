// A bad push, backfill or import is undone: online state and dataset heads go back to a position of the journal.
import { localActor, type Actor } from '../../core/actor.ts'
import type { Json } from '../../core/canonical.ts'
import type { Clock } from '../../core/clock.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { SourceDefinition } from '../../core/definition.ts'
import type { Metadata } from '../../metadata/index.ts'
import type { LocalJournal, SegmentedJournal } from '../../store/index.ts'
import type { OnlineStore } from '../online/online-store.ts'
import type { RegisteredFeatures } from '../registered-features.ts'
import { findEffects, PositionChange, type ConcernedMaterialization, type ConcernedRows, type Effects } from './effects.ts'
import { findHeadMoves } from './head-moves.ts'
import type { HeadOrder } from './heads.ts'
import type { HeadMove, Undo } from './mark.ts'
import { findReaders, type Readers } from './readers.ts'
import { findTarget, type UndoTarget } from './target.ts'

export interface UndoRequest extends UndoTarget {
  /** Only this one; default: all. */
  source?: string
  /** The datasets whose heads go back; default: those that were imported (of a source its own). Name a training set to take its head back, none for none. */
  datasets?: string[]
  reason?: string
  dryRun?: boolean
  actor?: Actor
}

/** What an undo changes, or would. */
export interface UndoChange {
  /** Position that is gone back to; 0 is before everything. */
  to: number
  /** Where the journal stood: the undo's own position, or for a dry run the last one. */
  position: number
  source: string | null
  reason: string
  /** Pushed rows and materializations that count no more. */
  rows: ConcernedRows[]
  materializations: ConcernedMaterialization[]
  /** What counts again, because an earlier undo is undone. */
  again: Effects['undone']
  heads: HeadMove[]
  readers: Readers
  /** Made since, at all endpoints, from rows that are undone. */
  predictions: number
  /** False: everything stands as it stood there already, and nothing was done. */
  changed: boolean
  dryRun: boolean
  /** Index of the ledger entry; null where nothing was recorded. */
  ledger: number | null
}

export interface UndoContext {
  metadata: Metadata
  journal: LocalJournal & Partial<Pick<SegmentedJournal, 'readRows'>>
  clock: Clock
  heads: HeadOrder
  registered: RegisteredFeatures
}

const LONGEST_REASON = 2_000

/**
 * Pushes are held by the caller, and released once state is what it is to be.
 * @throws SlipwayError `invalid_request` for a position that there is not, `not_found` for a source or dataset.
 */
export async function undoData(context: UndoContext, online: OnlineStore, request: UndoRequest, release: () => void): Promise<UndoChange> {
  const { heads, journal, clock } = context
  const { reason = '', dryRun = false, actor = localActor() } = request
  if (typeof reason !== 'string' || reason.length > LONGEST_REASON || !reason.isWellFormed()) throw new SlipwayError('invalid_request', `reason must be text of at most ${LONGEST_REASON} characters.`, { faults: [{ path: 'reason', message: 'must be text' }] })
  const source = request.source === undefined ? null : context.registered.source(await context.registered.current(), request.source)
  await journal.waitDurable()
  const to = await findTarget(journal, request)
  // Heads stand still meanwhile: an import that is under way comes before, or after.
  return heads.inTurn(async () => {
    const plan = (): Promise<Plan> => planUndo(context, online.undos, { to, source, datasets: request.datasets, position: journal.durable })
    if (dryRun) return { ...await describe(context, online.undos, await plan()), reason, dryRun, ledger: null }
    const before = online.undos
    let planned: Plan | null = null
    const undo = await online.undo(async () => {
      planned = await plan()
      return planned.changed ? { to, source: source?.name ?? '', reason, at: clock.now(), actor, heads: planned.heads } : null
    })
    release()
    const change = { ...await describe(context, before, planned as unknown as Plan), reason, dryRun }
    if (undo === null) return { ...change, ledger: null }
    return { ...change, position: undo.sequence, ledger: await recordUndo(context.metadata, undo, change) }
  })
}

/** Does for undos that have a mark and no ledger entry what is left of them: the process ended in between. */
export async function finishUndos(context: UndoContext, undos: readonly Undo[]): Promise<void> {
  for (const [i, undo] of undos.entries()) {
    if (await context.metadata.get('dataUndo', undoId(undo.sequence)) !== null) continue
    const before = undos.slice(0, i)
    const effects = await findEffects(context.journal, new PositionChange(before, { ...undo, position: undo.sequence - 1 }), undo.source)
    const change = await describe(context, before, { ...undo, source: null, position: undo.sequence, effects, changed: true })
    await recordUndo(context.metadata, undo, change, { finishedAtStart: true })
  }
}

interface Plan { to: number; position: number; source: string | null; effects: Effects; heads: HeadMove[]; changed: boolean }

async function planUndo(context: UndoContext, undos: readonly Undo[], { to, source, datasets, position }: { to: number; source: SourceDefinition | null; datasets?: string[]; position: number }): Promise<Plan> {
  const name = source?.name ?? ''
  const effects = await findEffects(context.journal, new PositionChange(undos, { to, source: name, position }), name)
  const heads = await findHeadMoves(context, undos, to, { source, datasets })
  const changed = [effects.undone, effects.again].some(e => e.rows.length + e.materializations.length > 0) || heads.length > 0
  return { to, position, source: source?.name ?? null, effects, heads, changed }
}

/** With who reads it. */
async function describe(context: UndoContext, undos: readonly Undo[], { to, position, source, effects, heads, changed }: Plan): Promise<Omit<UndoChange, 'reason' | 'dryRun' | 'ledger'>> {
  const readers = await findReaders(context, undos, effects, new Set(heads.map(h => h.dataset)), position)
  return { to, position, source, ...effects.undone, again: effects.again, heads, readers, predictions: readers.endpoints.reduce((n, e) => n + e.predictions, 0), changed }
}

/** Heads, the undo as a document and its ledger entry are one change. */
async function recordUndo(metadata: Metadata, undo: Undo, change: Pick<UndoChange, 'rows' | 'materializations' | 'again' | 'readers' | 'predictions'>, more: { [key: string]: Json } = {}): Promise<number> {
  const { sequence, to, source, reason, heads, actor, at } = undo
  const id = undoId(sequence)
  const count = ({ rows, materializations }: Effects['undone']): Json => ({ rows: Object.fromEntries(rows.map(r => [r.source, r.rows])), materializations: materializations.map(m => m.sequence) })
  const body = { position: sequence, backTo: to, source, reason, at, undone: count(change), again: count(change.again), heads: heads as unknown as Json, predictions: change.predictions, endpoints: change.readers.endpoints.map(e => e.name) }
  const { ledger } = await metadata.change({ actor, action: 'data.undone', subject: `dataUndo/${id}`, details: { ...body, ...more } }, async tx => {
    for (const { dataset, to: version } of heads) {
      if (version === null) await tx.remove('datasetHead', dataset)
      else await tx.put('datasetHead', dataset, { version })
    }
    await tx.put('dataUndo', id, body)
  })
  return ledger
}

/** Ids in the order of positions. */
export function undoId(sequence: number): string { return String(sequence).padStart(12, '0') }
