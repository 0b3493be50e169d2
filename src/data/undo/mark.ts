// How undos lie in the journal.
import type { Actor } from '../../core/actor.ts'
import { tableFromRows, tableRows, type Table } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'
import type { Journal, Stream } from '../../store/index.ts'
import { collectRows } from '../history/journal-rows.ts'
import type { UndoMark } from './counting.ts'

/** One row an undo. `source` '' is all of them; `heads` is what it does to datasets, as JSON, so that an undo that was interrupted can be finished. */
export const UNDO: Stream = {
  name: 'mark/undo',
  columns: [
    { name: 'to', type: 'int64' }, { name: 'source', type: 'string' }, { name: 'reason', type: 'string' }, { name: 'at', type: 'timestamp' },
    { name: 'actorKind', type: 'string' }, { name: 'actor', type: 'string' }, { name: 'heads', type: 'string' },
  ],
}

/** A dataset whose head moves; null: it has none before, or after. */
export interface HeadMove { dataset: string; from: string | null; to: string | null }

export interface Undo extends UndoMark { reason: string; at: Micros; actor: Actor; heads: HeadMove[] }

export function undoTable({ to, source, reason, at, actor, heads }: Omit<Undo, 'sequence'>): Table {
  return tableFromRows(UNDO.columns, [{ to, source, reason, at, actorKind: actor.kind, actor: actor.name, heads: JSON.stringify(heads) }])
}

/** All that the journal holds, in its order. Of a durable journal: what was not written yet is not there. */
export async function readUndos(journal: Pick<Journal, 'read'>, range: { from?: number; to?: number } = {}): Promise<Undo[]> {
  const rows = tableRows(await collectRows(journal, { streams: [UNDO.name], ...range }))
  return rows.map((row): Undo => ({
    sequence: Number(row.sequence), to: Number(row.to), source: String(row.source), reason: String(row.reason), at: Number(row.at),
    actor: { kind: row.actorKind as Actor['kind'], name: String(row.actor) }, heads: JSON.parse(String(row.heads)) as HeadMove[],
  }))
}
