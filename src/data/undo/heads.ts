// Heads of datasets over time. A change of a head is a document and its ledger entry; a row of the journal gives it a place among pushes and materializations.
import type { Json } from '../../core/canonical.ts'
import { tableFromRows } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'
import type { LedgerEntry, Metadata } from '../../metadata/index.ts'
import type { LocalJournal, Stream } from '../../store/index.ts'
import type { HeadPositions } from '../dataset.ts'
import type { HeadMove, Undo } from './mark.ts'
import { positionBefore } from './position.ts'

/** One row a change of a head by an import or a training set. An undo's own row stands for the heads that it moves. */
export const HEAD: Stream = { name: 'head/dataset', columns: [{ name: 'dataset', type: 'string' }, { name: 'version', type: 'string' }] }

/** Changes of heads, one at a time, each with its position. */
export class HeadOrder implements HeadPositions {
  readonly #journal: Pick<LocalJournal, 'append' | 'waitDurable'>
  #last: Promise<unknown> = Promise.resolve()

  constructor(journal: Pick<LocalJournal, 'append' | 'waitDurable'>) { this.#journal = journal }

  /** Nobody else changes a head meanwhile. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => {})
    return result
  }

  async place(dataset: string, version: string): Promise<number> {
    const { last } = this.#journal.append(HEAD, tableFromRows(HEAD.columns, [{ dataset, version }]))
    await this.#journal.waitDurable(last)
    return last
  }
}

/** Every dataset that is declared, or has a head, or had one before an undo took it. */
export async function datasetNames(metadata: Pick<Metadata, 'list'>, undos: readonly Undo[]): Promise<string[]> {
  const ids = async (kind: string): Promise<string[]> => (await metadata.list(kind)).map(d => d.id)
  return [...new Set([...await ids('dataset'), ...await ids('datasetHead'), ...undos.flatMap(u => u.heads.map(h => h.dataset))])].sort()
}

/** A dataset's head became this (null: it has none), by this ledger entry. */
export interface HeadChange { dataset: string; version: string | null; position: number; entry: LedgerEntry }

/** All changes of a dataset's head, the oldest first. Entries of before heads had positions get that of the last row that was recorded before them. */
export async function headChanges(metadata: Pick<Metadata, 'trail'>, journal: Pick<LocalJournal, 'get' | 'position'>, dataset: string): Promise<HeadChange[]> {
  const changes: HeadChange[] = []
  for (const entry of await metadata.trail('datasetHead', dataset)) {
    if (!entry.documents.some(d => d.kind === 'datasetHead' && d.id === dataset)) continue
    const { details } = entry
    const moved = (details.heads as unknown as HeadMove[] | undefined)?.find(h => h.dataset === dataset)
    const version = moved === undefined ? entry.subject.slice('datasetVersion/'.length) : moved.to
    const position = numberOf(details.position) ?? await positionBefore(journal, entry.recordedAt + 1)
    changes.push({ dataset, version, position, entry })
  }
  return changes
}

/** The head as of a position; null where there was none. */
export function headAt(changes: readonly HeadChange[], position: number): string | null { return changes.findLast(c => c.position <= position)?.version ?? null }

function numberOf(value: Json | undefined): Micros | null { return typeof value === 'number' ? value : null }
