import { SlipwayError } from '../core/errors.ts'
import { suggest } from '../core/nearest-name.ts'
import type { FeaturePort } from '../core/ports/features.ts'
import { ROLES, type PredictionPort, type ServedRelease } from '../core/ports/predictions.ts'
import type { Table } from '../core/table.ts'
import { DAY, type Micros } from '../core/time.ts'
import { inputsOf, profileInputs } from './drift-profile.ts'
import { openDriftGauge, type DriftGauge } from './drift.ts'
import { nextPeriod, startOfPeriod, type PeriodLength } from './period.ts'
import type { DriftReport, FeatureDrift } from './records.ts'

export interface DriftParts {
  predictions: Pick<PredictionPort, 'features' | 'served'>
  datasets: Pick<FeaturePort, 'loadDataset'>
}

export interface DriftQuery {
  endpoint: string
  /** Predictions with event time in [from, to). */
  from: Micros
  to: Micros
  by: PeriodLength
  /** Only these inputs; by default all. The false discovery rate is over what is measured. */
  features?: string[]
}

/** What a chart can show, and more than anybody reads. */
const MOST_PERIODS = 2_000
/** Inputs are read in stretches of about this length, so that a year need not fit into memory. */
const STRETCH: Micros = 28 * DAY
const KEPT = 8

/** Gauges by training set, the last used at the end. The name of a training set is a digest of its content, so they never go stale. */
const gauges = new Map<string, Promise<DriftGauge>>()

/**
 * Drift of each input by period, against the training set of the release whose content answered most rows of it; only those rows are
 * measured. Shadows answer nobody and are left out. Periods without predictions are not listed.
 * @throws SlipwayError `invalid_request` for an empty range or one of too many periods, `unknown_feature` for a name that no release reads.
 */
export async function measureDrift(parts: DriftParts, query: DriftQuery): Promise<DriftReport> {
  return { endpoint: query.endpoint, by: query.by, periods: await measurePeriods(parts, query, listPeriods(query)) }
}

/** Drift of each input over one stretch of event time, [from, to); none without predictions. @throws as `measureDrift`. */
export async function measureWindow(parts: DriftParts, query: Omit<DriftQuery, 'by'>): Promise<FeatureDrift[]> {
  return (await measurePeriods(parts, query, [{ from: query.from, to: query.to }]))[0]?.features ?? []
}

async function measurePeriods({ predictions, datasets }: DriftParts, query: Omit<DriftQuery, 'by'>, periods: readonly { from: Micros; to: Micros }[]): Promise<DriftReport['periods']> {
  const { endpoint, from, to } = query
  const releases = newestByContent(await predictions.served(endpoint))
  const only = query.features === undefined ? undefined : new Set(query.features)
  const known = new Set<string>()
  const found: DriftReport['periods'] = []
  for (let first = 0, next = 0; first < periods.length; first = next) {
    while (next < periods.length && periods[next].to - periods[first].from <= Math.max(STRETCH, periods[first].to - periods[first].from)) next++
    const read: { release: ServedRelease; table: Table; places: Uint32Array[] }[] = []
    for (const release of releases) {
      const table = await predictions.features({ endpoint, contentDigest: release.contentDigest, from: periods[first].from, to: periods[next - 1].to })
      if (table.rows > 0) read.push({ release, table, places: splitRows(table, periods.slice(first, next)) })
    }
    for (let p = first; p < next; p++) {
      const k = p - first
      const most = read.reduce<(typeof read)[number] | undefined>((best, r) => (r.places[k].length > (best?.places[k].length ?? 0) ? r : best), undefined)
      if (most === undefined) continue
      const { release, table } = most
      const gauge = await gaugeOf(datasets, release.trainingSet)
      gauge.features.forEach(name => { known.add(name) })
      found.push({
        from: Math.max(from, periods[p].from), to: Math.min(to, periods[p].to), predictions: read.reduce((sum, r) => sum + r.places[k].length, 0),
        release: release.id, trainingSet: release.trainingSet,
        features: gauge.measure({ rows: table.rows, schema: table.schema.slice(1), columns: table.columns.slice(1) }, { places: most.places[k], only }),
      })
    }
  }
  if (found.length > 0) for (const name of query.features ?? []) {
    if (!known.has(name)) throw new SlipwayError('unknown_feature', `No release of ${endpoint} reads ${name}.${suggest(name, [...known])}`)
  }
  return found
}

/** Cut to the range. */
function listPeriods({ from, to, by }: DriftQuery): { from: Micros; to: Micros }[] {
  if (!(from < to)) throw new SlipwayError('invalid_request', 'The range is empty: `from` must be before `to`.')
  const periods = []
  for (let start = startOfPeriod(from, by); start < to; start = nextPeriod(start, by)) {
    if (periods.length === MOST_PERIODS) throw new SlipwayError('invalid_request', `The range spans more than ${MOST_PERIODS} periods by ${by}; choose longer periods or a shorter range.`)
    periods.push({ from: Math.max(from, start), to: Math.min(to, nextPeriod(start, by)) })
  }
  return periods
}

/** Contents that answered, each with its newest release: the same content has the same training set. */
function newestByContent(served: readonly ServedRelease[]): ServedRelease[] {
  const newest = new Map<string, ServedRelease>()
  for (const release of served) {
    if (release.role === ROLES[3] || release.trainingSet === '') continue
    const other = newest.get(release.contentDigest)
    if (other === undefined || release.number >= other.number) newest.set(release.contentDigest, release)
  }
  return [...newest.values()]
}

/** Places of the rows of each of these adjoining periods. */
function splitRows(table: Table, periods: readonly { from: Micros; to: Micros }[]): Uint32Array[] {
  const times = table.columns[0].values as Float64Array
  const places = periods.map((): number[] => [])
  let p = 0
  for (let i = 0; i < table.rows; i++) {
    // Rows come about in the order of time.
    while (p > 0 && times[i] < periods[p].from) p--
    while (p + 1 < periods.length && times[i] >= periods[p].to) p++
    places[p].push(i)
  }
  return places.map(list => Uint32Array.from(list))
}

async function gaugeOf(datasets: DriftParts['datasets'], trainingSet: string): Promise<DriftGauge> {
  const gauge = gauges.get(trainingSet) ?? datasets.loadDataset(trainingSet).then(table => openDriftGauge(profileInputs(inputsOf(table))))
  gauges.delete(trainingSet)
  gauges.set(trainingSet, gauge)
  if (gauges.size > KEPT) gauges.delete(gauges.keys().next().value as string)
  try {
    return await gauge
  } catch (error) {
    gauges.delete(trainingSet)
    throw error
  }
}
