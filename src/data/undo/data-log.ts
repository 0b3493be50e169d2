// What happened to the data, with positions: what somebody looks at to find the place that an undo goes back to.
import type { Micros } from '../../core/time.ts'
import { MINUTE } from '../../core/time.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { LedgerEntry, Metadata } from '../../metadata/index.ts'
import type { LocalJournal, SegmentedJournal } from '../../store/index.ts'
import type { DatasetVersion } from '../dataset.ts'
import { readMaterializations } from '../history/as-of-events.ts'
import { countingAt } from './counting.ts'
import { datasetNames, headChanges } from './heads.ts'
import type { HeadMove, Undo } from './mark.ts'
import { findPushStretches, type PushStretch } from './push-stretches.ts'
import { holds } from './stretch.ts'
import { undoId } from './undo.ts'

export interface DataLogQuery {
  source?: string
  /** Positions, both ends included; default all. */
  from?: number
  to?: number
  /** The newest so many; default 50, at most 1,000. */
  limit?: number
  /** A longer pause between pushes begins another stretch; default ten minutes. */
  pause?: Micros
}

/** By whom, as which entry, where the ledger has it; `at` is the home's time. */
interface Recorded { position: number; at: Micros | null; actor: string | null; ledger: number | null }

export type DataLogItem =
  | ({ kind: 'push' } & PushStretch)
  | ({ kind: 'materialization'; source: string; datasetVersion: string; upTo: Micros | null; rows: number | null; counts: boolean } & Recorded)
  | ({ kind: 'import' | 'derived'; dataset: string; version: string; rows: number; /** The dataset stands there now. */ head: boolean } & Recorded)
  | ({ kind: 'undo'; to: number; source: string | null; reason: string; heads: HeadMove[] } & Recorded)

/** The newest first. */
export interface DataLog { position: number; items: DataLogItem[]; /** There is more before the last. */ more: boolean }

interface LogContext { metadata: Metadata; journal: LocalJournal & Partial<Pick<SegmentedJournal, 'readRows'>> }

/** @throws SlipwayError `invalid_request` for a limit or a range that is none. */
export async function readDataLog(context: LogContext, undos: readonly Undo[], query: DataLogQuery): Promise<DataLog> {
  const { metadata, journal } = context
  const { source, limit = 50, pause = 10 * MINUTE } = query
  await journal.waitDurable()
  const position = journal.durable
  const from = query.from ?? 1
  const to = Math.min(query.to ?? position, position)
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 1_000) throw new SlipwayError('invalid_request', `limit must be a whole number from 1 to 1000, and is ${String(limit)}.`)
  if (!Number.isSafeInteger(from) || from < 1 || !Number.isSafeInteger(to) || !Number.isSafeInteger(pause) || pause < 0) throw new SlipwayError('invalid_request', 'from and to must be positions, whole numbers from 1 on.')
  // What was imported before the first row, before imports had rows, stands at 0.
  const within = (at: number): boolean => (at >= from || (at === 0 && from === 1)) && at <= to
  const marks = [
    ...await materializations(context, undos, position, source),
    ...await headItems(context, undos, source === undefined ? null : await datasetOf(metadata, source)),
    ...await undoItems(metadata, undos.filter(u => source === undefined || u.source === '' || u.source === source)),
  ].filter(item => within(item.position))
  const { stretches, from: searched } = await findPushStretches(journal, undos, { from, to, position, source, pause, breaks: marks.map(m => m.position), most: limit })
  const items: DataLogItem[] = [...marks.filter(m => m.position >= searched || searched === 1), ...stretches.map(s => ({ kind: 'push' as const, ...s }))]
  items.sort((a, b) => lastOf(b) - lastOf(a))
  return { position, items: items.slice(0, limit), more: items.length > limit || searched > from }
}

function lastOf(item: DataLogItem): number { return item.kind === 'push' ? item.last : item.position }

function recorded(entry: LedgerEntry | undefined): Omit<Recorded, 'position'> { return { at: entry?.at ?? null, actor: entry?.actor ?? null, ledger: entry?.index ?? null } }

async function materializations({ metadata, journal }: LogContext, undos: readonly Undo[], position: number, source: string | undefined): Promise<(DataLogItem & { kind: 'materialization' })[]> {
  const marks = (await readMaterializations(journal)).filter(m => source === undefined || m.source === source)
  const entries = new Map<number, LedgerEntry>()
  for (const name of new Set(marks.map(m => m.source))) for (const entry of await metadata.trail('source', name)) if (entry.action === 'feature.materialized') entries.set(Number(entry.details.sequence), entry)
  return marks.map(({ sequence, ...mark }) => {
    const entry = entries.get(sequence)
    const { rows } = entry?.details ?? {}
    return { kind: 'materialization', ...mark, rows: typeof rows === 'number' ? rows : null, counts: holds(countingAt(undos, mark.source, position), sequence), position: sequence, ...recorded(entry) }
  })
}

async function headItems({ metadata, journal }: LogContext, undos: readonly Undo[], only: string | null): Promise<(DataLogItem & { kind: 'import' | 'derived' })[]> {
  const items: (DataLogItem & { kind: 'import' | 'derived' })[] = []
  for (const dataset of await datasetNames(metadata, undos)) {
    if (only !== null && dataset !== only) continue
    const head = (await metadata.get<{ version: string }>('datasetHead', dataset))?.body.version
    for (const { version, position, entry } of await headChanges(metadata, journal, dataset)) {
      if (version === null || entry.action === 'data.undone') continue
      const { rows = 0, derivation = null } = (await metadata.get<DatasetVersion>('datasetVersion', version))?.body ?? {}
      items.push({ kind: derivation === null ? 'import' : 'derived', dataset, version, rows, head: head === version, position, ...recorded(entry) })
    }
  }
  return items
}

async function undoItems(metadata: Metadata, undos: readonly Undo[]): Promise<(DataLogItem & { kind: 'undo' })[]> {
  return Promise.all(undos.map(async ({ sequence, to, source, reason, heads, at }) => {
    const [entry] = await metadata.trail('dataUndo', undoId(sequence))
    return { kind: 'undo' as const, to, source: source === '' ? null : source, reason, heads, position: sequence, ...recorded(entry), at }
  }))
}

async function datasetOf(metadata: Metadata, source: string): Promise<string> { return String((await metadata.get('source', source))?.body.dataset ?? '') }
