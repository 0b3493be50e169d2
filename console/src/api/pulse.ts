// What happens at the server is followed by one small poll; what it touches is asked for again.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { pulseQuery, type Follows } from './queries.ts'

/** A stream changes the journal all the time: views that rest on it are asked for again this often, at most. */
const EVERY_MS = { journal: 4_000, history: 15_000 }

interface Seen { ledger: number; journal: number; history: number; askedAt: { journal: number; history: number } }

/** Call once, in the shell. */
export function useFollow(): void {
  const client = useQueryClient()
  const { data } = useQuery(pulseQuery)
  const seen = useRef<Seen | null>(null)
  useEffect(() => {
    if (data === undefined) return
    const now = performance.now()
    const before = seen.current
    if (before === null) {
      seen.current = { ledger: data.ledger, journal: data.journal, history: data.journal, askedAt: { journal: now, history: now } }
      return
    }
    const refresh = (what: Follows): void => { void client.invalidateQueries({ predicate: q => q.meta?.follows === what }) }
    if (before.ledger !== data.ledger) { refresh('ledger'); refresh('journal') }
    for (const what of ['journal', 'history'] as const) {
      if (before[what] === data.journal || now - before.askedAt[what] < EVERY_MS[what]) continue
      refresh(what)
      before[what] = data.journal
      before.askedAt[what] = now
    }
    before.ledger = data.ledger
  }, [data, client])
}
