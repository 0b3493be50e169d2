// Every read as query options. `follows` says what makes it stale: the ledger (a change was recorded) or the journal (predictions, events, labels).
import { queryOptions } from '@tanstack/react-query'
import { get, type Params } from './client.ts'
import type * as T from './types.ts'

export type Follows = 'ledger' | 'journal' | 'nothing'
declare module '@tanstack/react-query' { interface Register { queryMeta: { follows?: Follows } } }

function read<R>(follows: Follows, path: string, params: Params = {}) {
  return queryOptions({ queryKey: [path, params], queryFn: ({ signal }) => get<R>(path, params, signal), meta: { follows } })
}
const name = encodeURIComponent

export const pulseQuery = queryOptions({
  queryKey: ['/pulse'], queryFn: ({ signal }) => get<T.Pulse>('/pulse', {}, signal),
  // Only while somebody looks.
  refetchInterval: 2_000, refetchIntervalInBackground: false, refetchOnWindowFocus: 'always', retry: false, staleTime: 0,
})
export const statusQuery = (token: string | null) => queryOptions({ queryKey: ['/status', token === null ? 'nobody' : token.slice(-6)], queryFn: ({ signal }) => get<T.Status>('/status', {}, signal), staleTime: 60_000 })

export const overviewQuery = (asOf?: string) => read<T.Overview>('journal', '/overview', { asOf })
export const endpointsQuery = () => read<{ endpoints: T.Endpoint[] }>('ledger', '/endpoints')
export const endpointQuery = (endpoint: string) => read<T.Endpoint>('ledger', `/endpoints/${name(endpoint)}`)
export const trafficQuery = (endpoint: string, params: { from?: string; to?: string; buckets?: number }) => read<T.Traffic>('journal', `/endpoints/${name(endpoint)}/traffic`, params)
export const performanceQuery = (endpoint: string, params: { by?: string; from?: string; to?: string; knownBy?: string }) => read<T.PerformanceReport>('journal', `/endpoints/${name(endpoint)}/performance`, params)
export const deploymentQuery = (endpoint: string) => read<T.Deployment>('ledger', `/deployments/${name(endpoint)}`)
export const releasesQuery = (endpoint: string) => read<{ releases: T.Release[] }>('ledger', '/releases', { endpoint })

export interface PredictionFilter { endpoint?: string; from?: string; to?: string; labelKey?: string; limit?: number; before?: number }
export const predictionsQuery = (filter: PredictionFilter) => read<{ predictions: T.Prediction[]; next: number | null }>('journal', '/predictions', { ...filter })
export const predictionQuery = (id: string) => read<T.Prediction>('journal', `/predictions/${name(id)}`)
export const traceQuery = (id: string) => read<T.Trace>('ledger', `/predictions/${name(id)}/trace`)
export const explanationQuery = (id: string) => read<T.Explanation>('nothing', `/predictions/${name(id)}/explanation`)

export const modelsQuery = () => read<{ models: T.Model[] }>('ledger', '/models')
export const versionsQuery = (model: string) => read<{ versions: T.ModelVersion[] }>('ledger', `/models/${name(model)}/versions`)
export const runQuery = (id: string) => read<T.Run>('ledger', `/runs/${name(id)}`)
export const gatesQuery = (model: string) => read<{ gates: T.Gate[] }>('ledger', '/gates', { model })
export const pendingQuery = () => read<{ pending: T.Pending[] }>('ledger', '/approvals/pending')
export const approvalsQuery = (limit = 50) => read<{ approvals: T.Approval[] }>('ledger', '/approvals', { limit })

export const ledgerQuery = (params: { after?: number; limit?: number; action?: string; subject?: string; order?: 'asc' | 'desc' }) => read<{ size: number; entries: T.LedgerEntry[] }>('ledger', '/ledger', params)
export const entryQuery = (index: number) => read<T.LedgerEntry>('nothing', `/ledger/${index}`)
export const proofQuery = (index: number, size?: number) => read<T.Proof>('nothing', `/ledger/${index}/proof`, { size })
