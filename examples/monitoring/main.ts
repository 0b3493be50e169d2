// The monitoring component alone, over the log of a model that runs elsewhere: how good it was by month, and a monitor that says when it was not.
// The log: a rule of thumb that guesses from the delays of the last hour at the airport whether a flight will arrive more than 15 minutes late.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatTime, localActor, openFoundation, openMonitoring, openOwnPredictions, parseTime, tableRows, toDefinitions, type Foundation, type OwnPrediction } from 'slipway/monitoring'

const WEEK = 7 * 86_400_000_000
const span = { from: parseTime('2013-02-25')!, to: parseTime('2013-07-01')! }
const actor = localActor()

const home = await mkdtemp(join(tmpdir(), 'slipway-monitoring-'))
const foundation = await openFoundation({ home })
try {
  const predictions = await readLog(foundation)
  await foundation.metadata.apply(actor, 'thumb', toDefinitions({
    endpoints: [{ name: 'thumb', model: 'rule-of-thumb', label: 'late' }],
    monitors: [{ name: 'ranking', endpoint: 'thumb', kind: 'quality', metric: 'auc', limit: 0.66, window: '7d', every: '7d', severity: 'ticket' }],
  }))
  const monitoring = openMonitoring({ ...foundation, ...openOwnPredictions({ thumb: { predictions } }) })

  const { periods } = await monitoring.performance({ endpoint: 'thumb', label: 'late', ...span, by: 'month', knownBy: span.to })
  for (const { from, predictions: n, labelled, auc, brier } of periods) {
    console.log(`${formatTime(from).slice(0, 7)}  AUC ${auc?.value.toFixed(3)} (${auc?.low.toFixed(3)} to ${auc?.high.toFixed(3)})  Brier ${brier?.toFixed(3)}  ${n} predictions, ${labelled} with truth`)
  }

  // Week by week, as time would have passed: an alert opens when the whole interval lies below the limit, and closes by itself.
  let looks = 0
  for (let at = span.from + WEEK; at <= span.to; at += WEEK) looks += (await monitoring.evaluate({ at })).length
  const alerts = await monitoring.listAlerts()
  console.log(`${looks} weekly looks, ${alerts.length} alerts`)
  for (const alert of alerts.reverse()) console.log(`${formatTime(alert.since).slice(0, 10)}  ${alert.summary}; now ${alert.state}`)
} finally {
  await foundation.close()
  await rm(home, { recursive: true })
}

async function readLog({ engine }: Foundation): Promise<OwnPrediction[]> {
  const session = await engine.connect()
  const log = await session.query(`
    WITH flights AS (SELECT *, scheduled_departure - INTERVAL 30 MINUTE AS asked_at FROM read_parquet('${join(import.meta.dirname, '../flights/data/flights.parquet')}')),
         delays AS (SELECT origin, departed_at, avg(dep_delay) OVER (PARTITION BY origin ORDER BY departed_at RANGE INTERVAL 1 HOUR PRECEDING) AS delay
                    FROM flights WHERE departed_at IS NOT NULL)
    SELECT epoch_us(asked_at) AS at, 1 / (1 + exp(1.6 - 0.03 * coalesce(delay, 0))) AS output, arr_delay > 15 AS truth, epoch_us(arrived_at) AS known_at
    FROM flights f ASOF LEFT JOIN delays d ON f.origin = d.origin AND f.asked_at >= d.departed_at
    WHERE epoch_us(asked_at) BETWEEN ${span.from} AND ${span.to}`)
  await session.close()
  return tableRows(log).map(r => ({ at: Number(r.at), output: Number(r.output), truth: r.truth as boolean | null, knownAt: r.known_at === null ? undefined : Number(r.known_at) }))
}
