// The flights of New York: a training set with golden counts, and a sample of its rows computed by hand.
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { FeatureContent } from '../../core/definition.ts'
import { columnOf, getValue, tableRows, type Table } from '../../core/table.ts'
import { DAY, HOUR, MINUTE, parseTime } from '../../core/time.ts'
import { importDataset, loadDataset } from '../dataset.ts'
import { exactSum } from '../exact-sum.ts'
import { buildFeatureContent } from '../feature-content.ts'
import { openMemoryContext, type MemoryContext } from '../fixtures/memory-context.ts'
import { bundleOnDemand } from '../on-demand/bundle.ts'
import { createTrainingSet } from './training-set.ts'

const folder = fileURLToPath(new URL('../../../examples/flights', import.meta.url))
const actor = { kind: 'user', name: 'ada' } as const
const from = parseTime('2013-01-01') ?? 0
const to = parseTime('2013-04-01') ?? 0

let context: MemoryContext
const tables = new Map<string, Table>()
beforeAll(async () => {
  context = await openMemoryContext()
  for (const name of ['flights', 'weather', 'planes']) tables.set(name, await loadDataset(context, (await importDataset(context, { name, files: [`data/${name}.parquet`] }, folder, actor)).version))
})
afterAll(async () => { await context.close() })

async function content(): Promise<FeatureContent> {
  const bundle = await bundleOnDemand(`${folder}/on-demand.ts`)
  await context.blobs.put(new TextEncoder().encode(bundle.code))
  return buildFeatureContent({
    name: 'departure', entities: ['origin', 'carrier', 'plane'],
    request: [{ name: 'dest', type: 'string' }, { name: 'distance', type: 'float64' }, { name: 'scheduled_departure', type: 'timestamp', model: false }],
    features: ['origin_delays.mean_3h', 'origin_delays.count_3h', 'carrier_delays.mean_1h', 'origin_weather.temp', 'origin_weather.wind_gust', 'aircraft.year', 'aircraft.type'],
    onDemand: { module: './on-demand.ts', functions: [{ name: 'local_hour', export: 'localHour', type: 'int64', inputs: ['scheduled_departure'] }] },
  }, {
    entities: [{ name: 'origin', key: 'origin', type: 'string' }, { name: 'carrier', key: 'carrier', type: 'string' }, { name: 'plane', key: 'tailnum', type: 'string' }],
    sources: [
      { name: 'departures', dataset: 'flights', id: ['flight_id'], eventTime: 'departed_at', columns: [{ name: 'flight_id', type: 'string' }, { name: 'departed_at', type: 'timestamp' }, { name: 'origin', type: 'string' }, { name: 'carrier', type: 'string' }, { name: 'dep_delay', type: 'int64' }] },
      { name: 'weather', dataset: 'weather', id: ['origin', 'observed_at'], eventTime: 'observed_at', columns: [{ name: 'origin', type: 'string' }, { name: 'observed_at', type: 'timestamp' }, { name: 'temp', type: 'float64' }, { name: 'wind_gust', type: 'float64' }] },
      { name: 'planes', dataset: 'planes', id: ['tailnum'], columns: [{ name: 'tailnum', type: 'string' }, { name: 'year', type: 'float64' }, { name: 'type', type: 'string' }] },
    ],
    views: [
      { name: 'origin_delays', kind: 'aggregate', entity: 'origin', source: 'departures', features: [{ name: 'mean_3h', aggregate: 'mean', column: 'dep_delay', window: '3h' }, { name: 'count_3h', aggregate: 'count', column: 'dep_delay', window: '3h' }] },
      { name: 'carrier_delays', kind: 'aggregate', entity: 'carrier', source: 'departures', features: [{ name: 'mean_1h', aggregate: 'mean', column: 'dep_delay', window: '1h' }] },
      { name: 'origin_weather', kind: 'latest', entity: 'origin', source: 'weather', ttl: '6h', features: [{ name: 'temp', column: 'temp' }, { name: 'wind_gust', column: 'wind_gust' }] },
      { name: 'aircraft', kind: 'latest', entity: 'plane', source: 'planes', features: [{ name: 'year', column: 'year' }, { name: 'type', column: 'type' }] },
    ],
  }, bundle.digest)
}

it('January to March', async () => {
  const examples = {
    dataset: 'flights', time: { column: 'scheduled_departure', offset: '-30m' }, entities: { origin: 'origin', carrier: 'carrier', plane: 'tailnum' },
    request: { dest: 'dest', distance: 'distance', scheduled_departure: 'scheduled_departure' }, label: { name: 'late', column: 'arr_delay', above: 15, knownAt: 'arrived_at' },
  }
  const request = { name: 'train', service: 'departure', examples, from, to, actor, purpose: 'test' }
  const made = await createTrainingSet(context, await content(), request)
  const set = await loadDataset(context, made.version)
  const present = (name: string): number => { const c = columnOf(set, name); return c?.valid?.reduce((n, v) => n + v, 0) ?? set.rows }
  const late = tableRows(set).filter(r => r.label === true).length
  expect({ rows: set.rows, late, origin: present('origin_delays.mean_3h'), carrier: present('carrier_delays.mean_1h'), temp: present('origin_weather.temp'), gust: present('origin_weather.wind_gust'), year: present('aircraft.year'), plane: present('entity.plane') }).toEqual(GOLDEN)
  sample(set)
  expect((await createTrainingSet(context, await content(), request)).version).toBe(made.version)
})

/** Counted again by plain EXISTS queries over the files. */
const GOLDEN = { rows: 77_606, late: 17_709, origin: 76_146, carrier: 72_269, temp: 77_606, gust: 25_134, year: 64_229, plane: 77_606 }

/** Every 1,500th row against plain loops over the files. */
function sample(set: Table): void {
  const flights = tables.get('flights') as Table
  const values = (name: string): readonly unknown[] => { const c = columnOf(flights, name); return c === undefined ? [] : Array.from(c.values as ArrayLike<unknown>, (_, i) => getValue(c, i)) }
  const [origin, carrier, left, delay] = ['origin', 'carrier', 'departed_at', 'dep_delay'].map(values) as [string[], string[], (number | null)[], (number | null)[]]
  const weather = tableRows(tables.get('weather') as Table)
  const planes = tableRows(tables.get('planes') as Table)
  const rows = tableRows(set).filter((_, i) => i % 1_500 === 0)
  for (const row of rows) {
    const t = row.time as number
    const delays = (of: string[], key: unknown, window: number): number[] => left.flatMap((at, i) => (at !== null && at > t - window && at <= t && of[i] === key && delay[i] !== null ? [delay[i] as number] : []))
    const at3 = delays(origin, row['entity.origin'], 3 * HOUR)
    const at1 = delays(carrier, row['entity.carrier'], HOUR)
    const mean = (of: number[]): number | null => (of.length === 0 ? null : exactSum(of) / of.length)
    const seen = weather.filter(w => w.origin === row['entity.origin'] && (w.observed_at as number) <= t && (w.observed_at as number) > t - 6 * HOUR)
    const last = seen.reduce<(typeof seen)[number] | null>((a, w) => (a === null || (w.observed_at as number) > (a.observed_at as number) ? w : a), null)
    const plane = planes.find(p => p.tailnum === row['entity.plane'])
    // Winter until 10 March, 7:00 UTC; then New York is four hours behind.
    const local = t + 30 * MINUTE - (t + 30 * MINUTE < (parseTime('2013-03-10T07:00:00Z') ?? 0) ? 5 : 4) * HOUR
    expect({ ...row }).toMatchObject({
      'origin_delays.mean_3h': mean(at3), 'origin_delays.count_3h': at3.length, 'carrier_delays.mean_1h': mean(at1),
      'origin_weather.temp': last?.temp ?? null, 'origin_weather.wind_gust': last?.wind_gust ?? null,
      'aircraft.year': plane?.year ?? null, 'aircraft.type': plane?.type ?? null, local_hour: Math.floor((local % DAY) / HOUR),
    })
  }
}
