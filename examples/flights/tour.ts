// The flights tour: train on January to March, gate, approve, release, then live through April on the home's own clock, and prove it.
// Every step goes through the public face of a component, and a step that was done before an interruption is not done again.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { SlipwayError, type Platform } from 'slipway'
import { bundleOnDemand } from 'slipway/data'
import { liveThrough, type Life } from './life.ts'
import { printSummary, type Summary } from './summary.ts'
import { readTimeline } from './timeline.ts'

type Micros = number

const DAY: Micros = 86_400_000_000
const utc = (day: string): Micros => Date.parse(`${day}T00:00:00Z`) * 1_000

const MODEL = 'late-arrival'
const ENDPOINT = 'flight-delay'

/** The spans of the tour; the tests shorten them. */
export interface TourPlan {
  trainFrom: Micros
  /** The first instant of life: training ends, the release is deployed. */
  trainTo: Micros
  lifeTo: Micros
  /** Departures, weather and truths go on until here. */
  until: Micros
  /** How many predictions go singly over HTTP. */
  singles: number
  replays: number
}

export const FULL_TOUR: TourPlan = {
  trainFrom: utc('2013-01-01'), trainTo: utc('2013-04-01'), lifeTo: utc('2013-05-01'), until: utc('2013-05-01') + DAY / 2, singles: 2_000, replays: 1_000,
}

export interface TourOptions {
  url: string
  platform: Platform
  print(line: string): void
  progress?(line: string): void
  plan?: TourPlan
  /** Keys of flights whose predictions are acknowledged. */
  onAcknowledged?(flights: string[]): void
}

/** Runs the tour, or what is left of it, and prints its summary. A tour that is done is said to be done. */
export async function runTour(options: TourOptions): Promise<Summary> {
  const { platform, url, print } = options
  const plan = options.plan ?? FULL_TOUR
  const progress = options.progress ?? (() => {})
  const done = await platform.metadata.get<Summary>('tour', 'flights')
  if (done !== null) {
    print('The tour was done before (npm start -- --fresh does it anew).')
    printSummary(done.body, url, platform, print)
    return done.body
  }
  const started = performance.now()
  const step = (text: string): void => { print(`${`${((performance.now() - started) / 1_000).toFixed(1)} s`.padStart(7)}  ${text}`) }
  const token = (await readFile(platform.home.paths.token, 'utf8')).trim()
  const { actor } = await platform.metadata.authenticate(token)
  const caller = `${actor.kind}:${actor.name}`

  const folder = fileURLToPath(new URL('.', import.meta.url))
  const { default: project } = await import('./slipway.ts')
  const module = project.services[0].onDemand!.module
  const { code } = await bundleOnDemand(fileURLToPath(new URL(module, import.meta.url)))
  const change = await platform.applyProject({ project, bundles: { [module]: code }, projectDir: folder, actor })
  const rows = change.imported.reduce((n, d) => n + d.rows, 0)
  step(`Data: ${change.imported.length} datasets with ${rows.toLocaleString('en')} rows; ${change.differences.length === 0 ? 'the project is registered' : `${change.differences.length} definitions registered`}`)

  let deployed = await platform.production.getDeployment(ENDPOINT).catch((error: unknown) => {
    if (error instanceof SlipwayError) return null
    throw error
  })
  if (deployed === null || deployed.revisions.length === 0) {
    platform.clock.freeze(plan.trainTo)
    const version = await train(options, plan, actor, step, progress)
    const made = (await platform.production.listReleases(ENDPOINT)).find(r => r.modelVersion === version)
    const release = made ?? (await platform.production.createRelease({ endpoint: ENDPOINT, model: MODEL, version, actor })).release
    for (const source of ['departures', 'weather', 'planes']) await platform.data.materialize({ source, upTo: plan.trainTo, actor })
    await platform.production.deploy({ endpoint: ENDPOINT, release: release.number, actor })
    step(`Production: ${release.zip} deployed to ${ENDPOINT}, online state filled from history`)
    deployed = await platform.production.getDeployment(ENDPOINT)
  } else step(`Production: ${deployed.revisions.at(-1)!.action} of an earlier start stands, training is not done again`)

  const happenings = await readTimeline(platform.engine, { from: plan.trainTo, to: plan.lifeTo, until: plan.until, folder: fileURLToPath(new URL('data', import.meta.url)) })
  const life = await liveThrough(happenings, { platform, url, token, caller, endpoint: ENDPOINT, singles: plan.singles, progress, onAcknowledged: options.onAcknowledged })
  await platform.setClock(plan.until)
  if (life.resumedAt > 0) step(`Resumed: ${life.resumedAt.toLocaleString('en')} of ${happenings.length.toLocaleString('en')} happenings were in the journal already; the facts after the last prediction were sent again`)
  step(`Life: ${life.predictions.toLocaleString('en')} predictions among ${life.happenings.toLocaleString('en')} happenings in ${life.seconds.toFixed(1)} s, ${life.singles.toLocaleString('en')} of them singly over HTTP`)

  const summary = await prove(options, plan, life, happenings.filter(h => h.kind === 'predict').length, progress)
  summary.seconds = (performance.now() - started) / 1_000
  await platform.metadata.change({ actor, action: 'tour.completed', subject: 'tour/flights', details: {} }, tx => tx.put('tour', 'flights', summary))
  printSummary(summary, url, platform, print)
  return summary
}

/** The newest version if it passed and was approved before an interruption, else a new run with its gate and approval. */
async function train({ platform }: TourOptions, plan: TourPlan, actor: Parameters<Platform['intelligence']['gate']>[0]['actor'], step: (text: string) => void, progress: (line: string) => void): Promise<number> {
  const { intelligence } = platform
  let [version] = await intelligence.listVersions(MODEL)
  if (version === undefined) {
    const trained = await intelligence.train({
      model: MODEL, from: plan.trainFrom, to: plan.trainTo, labelsKnownBy: plan.trainTo, actor,
      onProgress: p => { progress(`training: ${p.step}${p.done === undefined ? '' : ` ${p.done} of ${p.of}`}`) },
    })
    version = trained.version
    step(`Intelligence: run ${trained.run.id} trained ${MODEL}@${version.version}`)
  }
  const gate = version.gate ?? await intelligence.gate({ model: MODEL, version: version.version, actor })
  step(`Gate: ${gate.passed ? 'passed' : 'refused'}: ${gate.reason}`)
  const approval = version.approval ?? await intelligence.approveByPolicy({ model: MODEL, version: version.version })
  step(`Approval: by ${approval.actor}`)
  return version.version
}

/** Measures and proves what was lived through. */
async function prove({ platform }: TourOptions, plan: TourPlan, life: Life, asked: number, progress: (line: string) => void): Promise<Summary> {
  const { production, monitoring, metadata } = platform
  await metadata.seal({ force: true })
  progress('monitoring: truth against predictions')
  const { total } = await monitoring.performance({ endpoint: ENDPOINT, label: 'late', from: plan.trainTo, to: plan.lifeTo, by: 'month' })
  progress('proof: recomputing every logged feature value from history')
  const check = await platform.checkFeatures({ endpoint: ENDPOINT })
  progress(`proof: replaying ${plan.replays} predictions`)
  const replay = await production.replayMany({ count: plan.replays, seed: 2013, endpoint: ENDPOINT })
  progress('proof: verifying ledger, segments, releases')
  const verified = await metadata.verify(what => { progress(`proof: verifying ${what}`) })
  const gate = (await platform.intelligence.listGates({ model: MODEL, limit: 1 }))[0]
  const [last] = await production.listPredictions({ endpoint: ENDPOINT, limit: 1 })
  const outcomes = await production.outcomes({ endpoint: ENDPOINT, label: 'late', from: plan.trainTo, to: plan.lifeTo })
  return {
    predictions: total.predictions, distinct: new Set(outcomes.sequence).size, asked,
    labelled: total.labelled, auc: total.auc, gate: { passed: gate.passed, difference: gate.difference, reference: gate.reference, pValue: gate.pValue },
    features: { compared: check.compared, different: check.different },
    replays: { count: replay.count, equal: replay.equal },
    verified: { ok: verified.ok, checked: verified.checked, problems: verified.problems.length },
    life: { seconds: life.seconds, happenings: life.happenings, resumedAt: life.resumedAt, singles: life.singles, singleP50: life.singleP50, singleP99: life.singleP99 },
    sample: last.id, seconds: 0,
  }
}
