// Predictions that were made and logged elsewhere, in place of the production component.
import type { Json } from '../core/canonical.ts'
import { digestOf } from '../core/digest.ts'
import { SlipwayError } from '../core/errors.ts'
import { suggest } from '../core/nearest-name.ts'
import type { FeaturePort } from '../core/ports/features.ts'
import type { PredictionPort, ServedRelease } from '../core/ports/predictions.ts'
import type { Column, Row } from '../core/schema.ts'
import { tableFromRows, type Table } from '../core/table.ts'
import type { Micros } from '../core/time.ts'

export interface OwnPrediction {
  /** When it was made. */
  at: Micros
  /** The probability that it gave. */
  output: number
  /** What came of it; absent or null while nobody knows. */
  truth?: boolean | null
  /** When that became known; default: when it was made. */
  knownAt?: Micros
  /** What the model read, for drift. */
  inputs?: Row
}

/** The predictions of one endpoint. */
export interface OwnPredictions {
  predictions: readonly OwnPrediction[]
  /** For drift: the model's inputs, and the rows that it was trained on, with a column for each. */
  training?: { inputs: Column[]; rows: readonly Row[] }
}

/**
 * What `openMonitoring` needs of other components, over logs of one's own by endpoint.
 * @example
 * const ports = openOwnPredictions({ arrivals: { predictions: [{ at, output: 0.7, truth: true }] } })
 * const monitoring = openMonitoring({ ...foundation, ...ports })
 */
export function openOwnPredictions(endpoints: Record<string, OwnPredictions>): { predictions: PredictionPort; datasets: Pick<FeaturePort, 'loadDataset'> } {
  const sorted = new Map(Object.entries(endpoints).map(([name, own]) => [name, { ...own, predictions: [...own.predictions].sort((a, b) => a.at - b.at) }]))
  const trainingSets = new Map([...sorted].map(([name, { training }]) => [trainingSetOf(name, training), training]))
  const find = (endpoint: string): OwnPredictions => {
    const found = sorted.get(endpoint)
    if (found === undefined) throw new SlipwayError('unknown_endpoint', `There are no predictions of ${endpoint}.${suggest(endpoint, [...sorted.keys()])}`)
    return found
  }
  const between = (endpoint: string, from: Micros, to: Micros): OwnPrediction[] => find(endpoint).predictions.filter(p => p.at >= from && p.at < to)

  return {
    predictions: {
      async outcomes({ endpoint, from, to, knownBy = Number.POSITIVE_INFINITY }) {
        const list = between(endpoint, from, to)
        const known = (p: OwnPrediction): boolean => p.truth !== undefined && p.truth !== null && (p.knownAt ?? p.at) <= knownBy
        const column = (value: (p: OwnPrediction, i: number) => number): Float64Array => Float64Array.from(list, value)
        return {
          rows: list.length, sequence: column((_, i) => i + 1), eventTime: column(p => p.at), output: column(p => p.output),
          label: column(p => (known(p) ? Number(p.truth) : Number.NaN)), labelKnownAt: column(p => (known(p) ? p.knownAt ?? p.at : Number.NaN)),
          release: column(() => 1), role: new Uint8Array(list.length), fallback: new Uint8Array(list.length),
        }
      },
      async features({ endpoint, from, to }) {
        return tableFromRows([{ name: 'eventTime', type: 'timestamp' }, ...find(endpoint).training?.inputs ?? []], between(endpoint, from, to).map(p => ({ ...p.inputs, eventTime: p.at })))
      },
      async served(endpoint) {
        const { predictions: [first], training } = find(endpoint)
        return first === undefined ? [] : [servedFrom(endpoint, first.at, trainingSetOf(endpoint, training))]
      },
    },
    datasets: { async loadDataset(version) { return trainingTable(trainingSets.get(version)) } },
  }
}

/** One model since the first prediction. */
function servedFrom(endpoint: string, since: Micros, trainingSet: string): ServedRelease {
  return { id: `${endpoint}@000001`, number: 1, model: endpoint, modelVersion: 1, contentDigest: trainingSet, trainingSet, role: 'champion', share: 1, since, until: null, revision: 1, action: 'deploy' }
}

/** What is measured against a training set is remembered under its name, so the name is a digest of what is in it. */
function trainingSetOf(endpoint: string, training: OwnPredictions['training']): string { return digestOf((training ?? { endpoint }) as unknown as Json) }

/** In the form of a training set: the inputs come behind the label. */
function trainingTable(training: OwnPredictions['training']): Table {
  if (training === undefined) throw new SlipwayError('not_found', 'These predictions came without the rows that their model was trained on, so there is nothing to measure drift against.')
  return tableFromRows([{ name: 'label', type: 'boolean' }, ...training.inputs], training.rows)
}
