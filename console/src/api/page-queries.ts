// Reads that only single pages need: they load with these.
import { queryOptions } from '@tanstack/react-query'
import { get, send } from './client.ts'
import { name, read } from './queries.ts'
import type * as T from './types.ts'

export const trafficQuery = (endpoint: string, params: { from?: string; to?: string; buckets?: number }) => read<T.Traffic>('history', `/endpoints/${name(endpoint)}/traffic`, params)
export const performanceQuery = (endpoint: string, params: { by?: string; from?: string; to?: string; knownBy?: string }) => read<T.PerformanceReport>('history', `/endpoints/${name(endpoint)}/performance`, params)
export const deploymentQuery = (endpoint: string) => read<T.Deployment>('ledger', `/deployments/${name(endpoint)}`)
export const releasesQuery = (endpoint: string) => read<{ releases: T.Release[] }>('ledger', '/releases', { endpoint })
export const predictionQuery = (id: string) => read<T.Prediction>('journal', `/predictions/${name(id)}`)
export const traceQuery = (id: string) => read<T.Trace>('ledger', `/predictions/${name(id)}/trace`)
export const explanationQuery = (id: string) => read<T.Explanation>('nothing', `/predictions/${name(id)}/explanation`)
export const versionsQuery = (model: string) => read<{ versions: T.ModelVersion[] }>('ledger', `/models/${name(model)}/versions`)
export const runQuery = (id: string) => read<T.Run>('ledger', `/runs/${name(id)}`)
export const pendingQuery = () => read<{ pending: T.Pending[] }>('ledger', '/approvals/pending')
export const approvalsQuery = (limit = 50) => read<{ approvals: T.Approval[] }>('ledger', '/approvals', { limit })
export const entryQuery = (index: number) => read<T.LedgerEntry>('nothing', `/ledger/${index}`)
export const proofQuery = (index: number, size?: number) => read<T.Proof>('nothing', `/ledger/${index}/proof`, { size })
export const monitorsQuery = (endpoint?: string) => read<{ monitors: T.Monitor[] }>('ledger', '/monitors', { endpoint, looks: 60 })
export const alertsQuery = (params: { endpoint?: string; state?: string; limit?: number }) => read<{ alerts: T.Alert[] }>('ledger', '/alerts', params)
export const incidentsQuery = (params: { endpoint?: string; state?: string }) => read<{ incidents: T.Incident[] }>('ledger', '/incidents', params)
export const driftQuery = (endpoint: string, params: { by?: string; from?: string; to?: string }) => read<T.DriftReport>('nothing', `/monitoring/${name(endpoint)}/drift`, params)
export const trialQuery = (endpoint: string, params: { at?: string }) => read<T.TrialReport>('history', `/monitoring/${name(endpoint)}/trial`, params)
export const datasetsQuery = () => read<{ datasets: T.Dataset[] }>('ledger', '/datasets')
export const sourcesQuery = () => read<{ sources: T.Source[] }>('ledger', '/sources')
export const featuresQuery = () => read<T.Features>('journal', '/features')
export const datasetVersionQuery = (version: string) => read<T.DatasetVersion>('nothing', `/datasets/versions/${name(version)}`)
export const featureViewQuery = (view: string) => read<T.FeatureViewFacts>('ledger', `/features/views/${name(view)}`)
export const featureValuesQuery = (view: string, asked: { entities: Record<string, T.Value>; days: number } | null) => queryOptions({
  queryKey: ['feature values', view, asked],
  queryFn: async () => {
    const to = Date.parse((await get<T.Pulse>('/pulse', {})).now) * 1_000
    return send<T.FeatureValues>('POST', `/features/views/${name(view)}/values`, { entities: asked?.entities ?? {}, from: to - (asked?.days ?? 7) * 86_400_000_000, to })
  },
})
export const profileQuery = (version: string) => read<T.DatasetProfile>('nothing', `/datasets/versions/${name(version)}/profile`)
