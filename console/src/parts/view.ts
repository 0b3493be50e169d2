// How the reader looks: which lens, and at which moment. Both live in the address.
import { useSearch } from '@tanstack/react-router'

export type Lens = 'developer' | 'business' | 'regulator'
export const LENSES: readonly Lens[] = ['developer', 'business', 'regulator']

export interface ViewSearch { lens?: Lens; asOf?: string }

export function readView(search: Record<string, unknown>): ViewSearch {
  const lens = LENSES.find(l => l === search.lens && l !== 'developer')
  const at = typeof search.asOf === 'string' && !Number.isNaN(Date.parse(search.asOf)) ? search.asOf : undefined
  return { ...(lens === undefined ? {} : { lens }), ...(at === undefined ? {} : { asOf: at }) }
}

export function useLens(): Lens { return useSearch({ strict: false, select: (s: ViewSearch) => s.lens }) as Lens | undefined ?? 'developer' }

/** ISO 8601 of the moment that is looked at; undefined is now. */
export function useAsOf(): string | undefined {
  const at = useSearch({ strict: false, select: (s: ViewSearch) => s.asOf }) as string | undefined
  return at === undefined ? undefined : new Date(at.length <= 16 ? `${at}${at.length === 10 ? 'T00:00' : ''}Z` : at).toISOString()
}
