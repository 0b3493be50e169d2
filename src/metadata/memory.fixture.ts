// A database in memory, whose content survives the "crash" of a ledger over it; for tests.
import { canonicalize, parseCanonical, type Json } from '../core/canonical.ts'
import { SlipwayError } from '../core/errors.ts'
import type { Body, BlobStore, Database, Document, DocumentReader, StagedEntry } from '../store/index.ts'

interface Stored { revision: number; body: string; updatedAt: number }

export function memoryDatabase(): Database {
  let documents = new Map<string, Stored>()
  let staged: StagedEntry[] = []
  let turn: Promise<unknown> = Promise.resolve()
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const run = turn.then(work)
    turn = run.catch(() => undefined)
    return run
  }
  const readerOf = (map: () => Map<string, Stored>): DocumentReader => {
    const toDocument = <B>(kind: string, id: string, s: Stored): Document<B> => ({ kind, id, revision: s.revision, body: parseCanonical(s.body) as B, updatedAt: s.updatedAt })
    return {
      async get<B = Body>(kind: string, id: string) {
        const found = map().get(`${kind}/${id}`)
        return found === undefined ? null : toDocument<B>(kind, id, found)
      },
      async list<B = Body>(kind: string) {
        return [...map()].filter(([name]) => name.startsWith(`${kind}/`)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, s]) => toDocument<B>(kind, name.slice(kind.length + 1), s))
      },
    }
  }
  return {
    ...readerOf(() => documents),
    transaction: work => exclusively(async () => {
      const copy = new Map(documents)
      const waiting: StagedEntry[] = []
      const result = await work({
        ...readerOf(() => copy),
        async put<B = Body>(kind: string, id: string, body: B, options?: { revision?: number }) {
          const revision = copy.get(`${kind}/${id}`)?.revision ?? 0
          if (options?.revision !== undefined && options.revision !== revision) throw new SlipwayError('conflict', `${kind}/${id} is at revision ${revision}.`)
          copy.set(`${kind}/${id}`, { revision: revision + 1, body: canonicalize(body as Json), updatedAt: 0 })
          return { kind, id, revision: revision + 1, body, updatedAt: 0 }
        },
        async remove(kind, id) { copy.delete(`${kind}/${id}`) },
        async stage(entry) { waiting.push({ id: entry.id, record: parseCanonical(canonicalize(entry.record as Json)) as Body }) },
      })
      documents = copy
      staged = [...staged, ...waiting]
      return result
    }),
    staged: async (limit = Number.POSITIVE_INFINITY) => staged.slice(0, limit),
    unstage: ids => exclusively(async () => { staged = staged.filter(entry => !ids.includes(entry.id)) }),
    check: async () => [],
    close: async () => undefined,
  }
}

/** A blob store that has nothing. */
export const noBlobs: BlobStore = {
  put: () => Promise.reject(new Error('not here')), putFile: () => Promise.reject(new Error('not here')), get: () => Promise.reject(new Error('not here')),
  has: async () => false, path: digest => digest, list: async () => [],
}
