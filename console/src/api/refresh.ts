import type { QueryClient } from '@tanstack/react-query'

/** After a write: everything that rests on the ledger or the journal is asked for again. */
export function refreshAfterWrite(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ predicate: q => q.meta?.follows === 'ledger' || q.meta?.follows === 'journal' || q.meta?.follows === 'history' })
}
