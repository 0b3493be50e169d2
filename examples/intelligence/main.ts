// The intelligence component alone, on a table that somebody else's pipeline made: train, judge, approve, refuse a worse one, train again to the same bytes.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localActor, openFoundation, openIntelligence, openOwnTables, parseTime, toDefinitions, type ModelDefinition } from 'slipway/intelligence'

const model: ModelDefinition = {
  name: 'late-arrival', service: 'flights', seed: 7, learner: { name: 'gbdt', params: { trees: 60 } },
  examples: {
    dataset: 'flights', time: { column: 'asked_at' }, entities: {},
    request: { carrier: 'carrier', origin: 'origin', dest: 'dest', hour: 'hour', delay_1h: 'delay_1h' },
    label: { name: 'late', column: 'arr_delay', above: 15, knownAt: 'arrived_at' },
  },
  evaluation: { metric: 'auc', holdout: 0.25, baseline: { name: 'logistic' }, margin: 0, alpha: 0.05, approval: { role: 'approver' } },
}
const january = { from: parseTime('2013-01-01')!, to: parseTime('2013-02-01')! }
const actor = localActor()

const home = await mkdtemp(join(tmpdir(), 'slipway-intelligence-'))
const foundation = await openFoundation({ home })
try {
  const session = await foundation.engine.connect()
  const flights = await session.query(`
    WITH flights AS (SELECT *, scheduled_departure - INTERVAL 30 MINUTE AS asked_at FROM read_parquet('${join(import.meta.dirname, '../flights/data/flights.parquet')}')
                     WHERE scheduled_departure < '2013-02-02'),
         delays AS (SELECT origin, departed_at, avg(dep_delay) OVER (PARTITION BY origin ORDER BY departed_at RANGE INTERVAL 1 HOUR PRECEDING) AS delay_1h
                    FROM flights WHERE departed_at IS NOT NULL)
    SELECT asked_at, carrier, f.origin, dest, hour(asked_at) AS hour, delay_1h, arr_delay, arrived_at
    FROM flights f ASOF LEFT JOIN delays d ON f.origin = d.origin AND f.asked_at >= d.departed_at`)
  await session.close()
  await foundation.metadata.apply(actor, 'flights', toDefinitions({ models: [model] }))
  const intelligence = await openIntelligence({ ...foundation, features: openOwnTables(foundation, { flights }) })

  const { version, run } = await intelligence.train({ model: model.name, ...january, actor })
  console.log(`${version.model}@${version.version}: trained on ${run.data?.counts.training} flights, measured on the ${run.data?.counts.holdout} after them`)
  const gate = await intelligence.gate({ model: model.name, version: 1, actor })
  console.log(`Gate ${gate.passed ? 'passed' : 'refused'}: ${gate.reason}`)
  const approval = await intelligence.approve({ model: model.name, version: 1, actor, approved: true, reason: 'looked at the gate' })
  console.log(`Approved by ${approval.actor}`)

  await intelligence.train({ model: model.name, ...january, actor, learner: { name: 'gbdt', params: { trees: 1, leaves: 2 } } })
  const worse = await intelligence.gate({ model: model.name, version: 2, actor })
  console.log(`A single stump: gate ${worse.passed ? 'passed' : 'refused'}, AUC ${worse.candidate.value.toFixed(3)} against ${worse.referenceValue.value.toFixed(3)}`)

  const again = await intelligence.reproduce({ model: model.name, version: 1, actor })
  console.log(`Trained again: ${again.equal ? 'the same bytes' : 'OTHER BYTES'}, ${again.reproduced.slice(0, 12)}`)
  await intelligence.close()
} finally {
  await foundation.close()
  await rm(home, { recursive: true })
}
