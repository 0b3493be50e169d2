// The journal as its owner offers it to other processes.
import { toProblem } from '../core/errors.ts'
import type { Table } from '../core/table.ts'
import type { Appended, Batch, Journal, JournalRow, LocalJournal, Stream } from '../store/index.ts'
import type { Problem } from './calls.ts'

export interface JournalState { position: number; durable: number }

/** Frames come in groups: what many requests append at the same moment is one call. */
export interface JournalPort {
  append(frames: { stream: Stream; table: Table }[]): Promise<JournalState & { given: (Appended | { error: Problem })[] }>
  waitDurable(sequence?: number): Promise<JournalState>
  state(): Promise<JournalState>
  read(options?: Parameters<Journal['read']>[0]): AsyncIterable<Batch>
  get(sequence: number): Promise<JournalRow | null>
}

export function journalPort(journal: LocalJournal): JournalPort {
  const state = (): JournalState => ({ position: journal.position, durable: journal.durable })
  return {
    async append(frames) {
      const given = frames.map(({ stream, table }) => {
        // One that is refused does not take the others with it.
        try { return journal.append(stream, table) } catch (error) { return { error: toProblem(error) } }
      })
      return { given, ...state() }
    },
    async waitDurable(sequence) {
      await journal.waitDurable(sequence)
      return state()
    },
    state: async () => state(),
    read: options => journal.read(options),
    get: sequence => journal.get(sequence),
  }
}
