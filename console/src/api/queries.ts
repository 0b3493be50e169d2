// Reads as query options: those that the first view needs. `follows` says what makes it stale: the ledger (a change was recorded), the journal
// (predictions, events, labels), or the history of all predictions, which costs the server more and changes slowly.
import { queryOptions } from '@tanstack/react-query'
import { get, type Params } from './client.ts'
import type * as T from './types.ts'

export type Follows = 'ledger' | 'journal' | 'history' | 'nothing'
declare module '@tanstack/react-query' { interface Register { queryMeta: { follows?: Follows } } }

/** One read of the native API. */
export function read<R>(follows: Follows, path: string, params: Params = {}) {
  return queryOptions({ queryKey: [path, params], queryFn: ({ signal }) => get<R>(path, params, signal), meta: { follows } })
}
export const name = encodeURIComponent

export const pulseQuery = queryOptions({
  queryKey: ['/pulse'], queryFn: ({ signal }) => get<T.Pulse>('/pulse', {}, signal),
  // Only while somebody looks.
  refetchInterval: 2_000, refetchIntervalInBackground: false, refetchOnWindowFocus: 'always', retry: false, staleTime: 0,
})
export const statusQuery = (token: string | null) => queryOptions({ queryKey: ['/status', token === null ? 'nobody' : token.slice(-6)], queryFn: ({ signal }) => get<T.Status>('/status', {}, signal), staleTime: 60_000 })

export const overviewQuery = (asOf?: string) => read<T.Overview>('journal', '/overview', { asOf })
export const endpointsQuery = () => read<{ endpoints: T.Endpoint[] }>('ledger', '/endpoints')
export const endpointQuery = (endpoint: string) => read<T.Endpoint>('ledger', `/endpoints/${name(endpoint)}`)

export interface PredictionFilter { endpoint?: string; from?: string; to?: string; labelKey?: string; limit?: number; before?: number }
export const predictionsQuery = (filter: PredictionFilter) => read<{ predictions: T.Prediction[]; next: number | null }>('journal', '/predictions', { ...filter })

export const modelsQuery = () => read<{ models: T.Model[] }>('ledger', '/models')

export const ledgerQuery = (params: { after?: number; limit?: number; action?: string; subject?: string; order?: 'asc' | 'desc' }) => read<{ size: number; entries: T.LedgerEntry[] }>('ledger', '/ledger', params)
