// What the year came to, measured and proven.
import type { BadFeed } from './bad-feed.ts'
import { ENDPOINT, MODEL } from './candidate.ts'
import type { Challenge, ChallengeParts, Verdict, Worse } from './challenge.ts'
import type { Life } from './life.ts'
import { DAY } from './plan.ts'
import type { RollbackProof } from './rollback.ts'
import type { Summary, Week } from './summary.ts'

/** Everything is computed anew from journal and ledger; only what people decided comes from the notebook. */
export async function prove({ platform, plan, notebook, progress }: ChallengeParts, asked: number): Promise<Summary> {
  const { production, monitoring, metadata, intelligence } = platform
  await metadata.seal({ force: true })
  progress('report: truth, calibration and drift by week')
  const report = await monitoring.report({ endpoint: ENDPOINT, from: plan.lifeFrom, to: plan.lifeTo, by: 'week' })
  const { total: april } = await monitoring.performance({ endpoint: ENDPOINT, label: 'late', from: plan.lifeFrom, to: Math.min(plan.lifeTo, plan.lifeFrom + 30 * DAY), by: 'month' })
  progress(`proof: replaying ${plan.replays} predictions`)
  const replay = await production.replayMany({ count: plan.replays, seed: 2013, endpoint: ENDPOINT })
  progress('proof: recomputing every logged feature value from history; verifying ledger, segments, releases')
  const [check, verified] = await Promise.all([platform.checkFeatures({ endpoint: ENDPOINT }), metadata.verify()])
  const [last] = await production.listPredictions({ endpoint: ENDPOINT, limit: 1 })
  const outcomes = await production.outcomes({ endpoint: ENDPOINT, label: 'late', from: plan.lifeFrom, to: plan.lifeTo })
  const [first] = (await intelligence.listGates({ model: MODEL })).filter(g => g.version === 1)

  const heeded = new Set(report.alerts.filter(a => a.severity !== 'info').map(a => a.id))
  const lives = notebook.list<Life>('life ')
  const latencies = lives.flatMap(l => l.singles).sort((a, b) => a - b)
  const quantile = (q: number): number => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))] ?? 0
  const alerts = (await monitoring.listAlerts({ endpoint: ENDPOINT, limit: 1_000 })).reverse()
  const incidents = (await monitoring.listIncidents({ endpoint: ENDPOINT })).reverse()
  return {
    predictions: outcomes.rows, distinct: new Set(outcomes.sequence).size, asked,
    labelled: report.total.labelled, never: report.missingTruth.never, auc: report.total.auc, april: april.auc, weeks: report.periods.map(p => toWeek(p, heeded)),
    gate: { passed: first.passed, difference: first.difference, reference: first.reference, pValue: first.pValue },
    alerts: alerts.filter(a => a.kind === 'quality').map(({ id, summary, state, since, resolvedAt }) => ({ id, summary, state, since, resolvedAt })),
    challenges: notebook.list<Challenge>('challenge '), verdicts: notebook.list<Verdict>('verdict '),
    worse: notebook.find<Worse>('worse candidate') ?? null, rollback: notebook.find<RollbackProof>('rollback') ?? null, badFeed: notebook.find<BadFeed>('bad feed') ?? null,
    outage: plan.outage === null ? null : {
      ...plan.outage, answered: countBetween(outcomes, plan.outage, () => true), byFallback: countBetween(outcomes, plan.outage, i => outcomes.fallback[i] !== 0),
      incidents: incidents.map(({ id, title, state, openedAt, closedAt }) => ({ id, title, state, openedAt, closedAt })),
    },
    features: { compared: check.compared, different: check.different },
    replays: { count: replay.count, equal: replay.equal },
    verified: { ok: verified.ok, checked: verified.checked, problems: verified.problems.length },
    life: { seconds: lives.reduce((n, l) => n + l.seconds, 0), happenings: lives.reduce((n, l) => n + l.happenings, 0), singles: latencies.length, singleP50: quantile(0.5), singleP99: quantile(0.99) },
    sample: last.id, seconds: 0,
  }
}


type Period = Awaited<ReturnType<ChallengeParts['platform']['monitoring']['report']>>['periods'][number]

function toWeek({ from, predictions, labelled, auc, meanOutput, calibration, drift, fallbackShare, releases, alerts }: Period, heeded: ReadonlySet<string>): Week {
  const [worst] = drift?.worst ?? []
  return {
    from, predictions, labelled, auc, predicted: meanOutput, observed: calibration?.observed ?? null,
    drift: worst === undefined ? null : { feature: worst.feature, beyondNoise: worst.beyondNoise }, drifted: drift?.alert ?? 0,
    fallback: Math.round((fallbackShare ?? 0) * predictions), releases: releases.map(r => `${ENDPOINT}@${r.number}`), alerts: alerts.filter(id => heeded.has(id)).length,
  }
}

function countBetween({ rows, eventTime }: { rows: number; eventTime: Float64Array }, { from, until }: { from: number; until: number }, counts: (i: number) => boolean): number {
  let n = 0
  for (let i = 0; i < rows; i++) if (eventTime[i] >= from && eventTime[i] < until && counts(i)) n++
  return n
}
