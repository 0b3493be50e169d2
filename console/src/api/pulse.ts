// What happens at the server is followed by one small poll; what it touches is asked for again.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { pulseQuery, type Follows } from './queries.ts'

/** A stream changes the journal all the time: views that rest on it are refreshed this often, at most. */
const JOURNAL_MS = 4_000

/** Call once, in the shell. */
export function useFollow(): void {
  const client = useQueryClient()
  const { data } = useQuery(pulseQuery)
  const seen = useRef<{ ledger: number; journal: number; at: number } | null>(null)
  useEffect(() => {
    if (data === undefined) return
    const before = seen.current
    const refresh = (what: Follows): void => { void client.invalidateQueries({ predicate: q => q.meta?.follows === what }) }
    const late = performance.now() - (before?.at ?? 0) >= JOURNAL_MS
    const moved = before !== null && before.journal !== data.journal && late
    if (before !== null && before.ledger !== data.ledger) refresh('ledger')
    if (moved || (before !== null && before.ledger !== data.ledger)) refresh('journal')
    seen.current = { ledger: data.ledger, journal: before === null || moved ? data.journal : before.journal, at: before === null || moved ? performance.now() : before.at }
  }, [data, client])
}
