// The data component alone. A feature has one definition; it is read as history, to train on, and as state, to serve with, and both agree to the bit.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyProject, defineProject, localActor, openFeatureStore, openFoundation, parseTime, tableRows } from 'slipway/data'

const project = defineProject({
  name: 'delays',
  entities: [{ name: 'origin', key: 'origin', type: 'string' }],
  datasets: [{ name: 'flights', files: ['../flights/data/flights.parquet'] }],
  sources: [{
    name: 'departures', dataset: 'flights', id: ['flight_id'], eventTime: 'departed_at',
    columns: [{ name: 'flight_id', type: 'string' }, { name: 'departed_at', type: 'timestamp' }, { name: 'origin', type: 'string' }, { name: 'dep_delay', type: 'int64' }],
  }],
  views: [{
    name: 'airport', kind: 'aggregate', entity: 'origin', source: 'departures', description: 'How late flights have been leaving in the last hour',
    features: [{ name: 'count_1h', aggregate: 'count', window: '1h' }, { name: 'delay_1h', aggregate: 'mean', column: 'dep_delay', window: '1h' }],
  }],
  services: [{ name: 'departure', entities: ['origin'], request: [], features: ['airport.count_1h', 'airport.delay_1h'] }],
  models: [], endpoints: [],
})
const examples = {
  dataset: 'flights', time: { column: 'scheduled_departure', offset: '-30m' }, entities: { origin: 'origin' }, request: {},
  label: { name: 'late', column: 'arr_delay', above: 15, knownAt: 'arrived_at' },
}
const day = { from: parseTime('2013-01-03T12:00Z')!, to: parseTime('2013-01-04T00:00Z')! }
const actor = localActor()

const home = await mkdtemp(join(tmpdir(), 'slipway-data-'))
const foundation = await openFoundation({ home })
const data = await openFeatureStore(foundation)
try {
  await applyProject({ ...foundation, data }, { project, bundles: {}, projectDir: import.meta.dirname, actor })

  // History: for each flight what was known half an hour before it was to leave, and nothing that was not.
  const set = await data.createTrainingSet({ name: 'third-of-january', service: 'departure', examples, ...day, labelsKnownBy: parseTime('2013-01-05')!, actor, purpose: 'an example' })
  const history = tableRows(await data.loadDataset(set.version))
  console.log(`Training set ${set.version.slice(0, 12)}: ${set.rows} flights, ${history.filter(r => r.label).length} of them late`)

  // State: the same feature, kept up to date as departures come in, here from the dataset up to the end of that day.
  foundation.clock.freeze(day.to)
  await data.materialize({ source: 'departures', upTo: day.to })
  const { digest } = await data.prepare(set.content)
  const online = await data.read(digest, history.map(r => ({ entities: { origin: r['entity.origin'] }, request: {}, at: r.time as number })))
  const equal = history.filter((r, i) => Object.is(r['airport.count_1h'], online.vectors[i][0]) && Object.is(r['airport.delay_1h'], online.vectors[i][1]))
  console.log(`Online state: ${equal.length} of ${history.length} equal to the bit`)

  // An event changes the state at once.
  const jfk = async (): Promise<string> => {
    const [[count, delay]] = (await data.read(digest, [{ entities: { origin: 'JFK' }, request: {}, at: day.to }])).vectors
    return `${count} departures, ${Number(delay).toFixed(2)} minutes late`
  }
  console.log(`JFK in the last hour: ${await jfk()}`)
  await data.push('departures', [{ values: { flight_id: 'XX1', departed_at: day.to - 60_000_000, origin: 'JFK', dep_delay: 120 } }])
  console.log(`One more, two hours late: ${await jfk()}`)
} finally {
  await data.close()
  await foundation.close()
  await rm(home, { recursive: true })
}
