// The production component alone, with a model that was fitted elsewhere: a release under a waiver, predictions that are on disk before they are
// answered, their outcomes, a replay to the bit, and a rollback. The question: a plane has left; will it arrive more than 15 minutes late?
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localActor, openFoundation, openOwnModels, openProduction, parseTime, tableRows, toDefinitions, type Foundation } from 'slipway/production'

const actor = localActor()
const file = await readFile(join(import.meta.dirname, 'model.json'))
const home = await mkdtemp(join(tmpdir(), 'slipway-production-'))
const foundation = await openFoundation({ home })
try {
  foundation.clock.freeze(parseTime('2013-05-02')!)
  await foundation.metadata.apply(actor, 'late', toDefinitions({
    entities: [{ name: 'flight', key: 'flight_id', type: 'string' }],
    endpoints: [{ name: 'arrivals', model: 'late', threshold: 0.5, label: 'late', labelEntity: 'flight' }],
  }))
  const production = await openProduction({ ...foundation, ...await openOwnModels(foundation, [{ name: 'late', file, threshold: 0.5 }]) })

  const waiver = { reason: 'fitted on January to March and checked elsewhere', until: parseTime('2013-06-01')! }
  const { release } = await production.createRelease({ endpoint: 'arrivals', actor, waiver })
  await production.deploy({ endpoint: 'arrivals', release: release.number, actor })
  console.log(`Deployed ${release.id} without a gate: ${release.waiver?.reason}`)

  const flights = await flightsOf(foundation, '2013-05-01')
  const answer = await production.predict({
    endpoint: 'arrivals', caller: 'example', rows: flights.map(f => ({ entities: { flight: f.flight_id }, request: { dep_delay: f.dep_delay, distance: f.distance }, eventTime: f.at as number })),
  })
  await answer.waitDurable()
  for (const f of flights) if (f.late !== null) await production.label({ endpoint: 'arrivals', entity: { flight: f.flight_id }, value: Boolean(f.late), knownAt: f.arrived as number })
  const right = flights.filter((f, i) => f.late !== null && Boolean(f.late) === answer.predictions[i].decision)
  console.log(`${answer.predictions.length} predictions, in the journal up to ${answer.sequence}; ${right.length} of ${flights.filter(f => f.late !== null).length} were right`)

  const replay = await production.replayMany({ endpoint: 'arrivals', count: 500, seed: 1 })
  console.log(`Replay: ${replay.equal} of ${replay.count} equal to the bit`)
  const { id } = answer.predictions[0]
  const [truth] = (await production.getPrediction(id)).truth
  console.log(`${id}: ${answer.predictions[0].output.toFixed(3)}, and it was ${truth.value === 1 ? 'late' : 'on time'}`)

  // A stricter threshold is another content, so it is a release of its own; one step back brings the first again.
  await openOwnModels(foundation, [{ name: 'late', file, threshold: 0.8 }])
  const stricter = await production.createRelease({ endpoint: 'arrivals', actor, waiver })
  await production.deploy({ endpoint: 'arrivals', release: stricter.release.number, actor })
  const { from, to } = await production.rollback({ endpoint: 'arrivals', actor })
  console.log(`Rolled back from ${from?.release} to ${to?.release}`)
  await production.close()
} finally {
  await foundation.close()
  await rm(home, { recursive: true })
}

async function flightsOf({ engine }: Foundation, day: string): Promise<ReturnType<typeof tableRows>> {
  const session = await engine.connect()
  const table = await session.query(`SELECT flight_id, dep_delay, distance, epoch_us(departed_at) AS at, arr_delay > 15 AS late, epoch_us(arrived_at) AS arrived
    FROM read_parquet('${join(import.meta.dirname, '../flights/data/flights.parquet')}') WHERE CAST(scheduled_departure AS DATE) = '${day}' AND departed_at IS NOT NULL ORDER BY departed_at`)
  await session.close()
  return tableRows(table)
}
