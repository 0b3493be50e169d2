// The flights tour: train on January to March, gate, approve, release, then live through the year on the home's own clock; watch, answer alerts, and prove it.
// Every step goes through the public face of a component, and a step that was done before an interruption is not done again.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { SlipwayError, type Platform } from 'slipway'
import { bundleOnDemand } from 'slipway/data'
import { proveUndo } from './bad-feed.ts'
import { ENDPOINT, makeCandidate } from './candidate.ts'
import { ensureRollback, respond, type ChallengeParts } from './challenge.ts'
import { liveThrough, type Life } from './life.ts'
import { openNotebook } from './notebook.ts'
import { FULL_TOUR, nameTime, planStretches, type Stretch, type TourPlan } from './plan.ts'
import { prove } from './proof.ts'
import { printSummary, type Summary } from './summary.ts'
import { openTimeline, type Timeline } from './timeline.ts'

export { FULL_TOUR, type TourPlan } from './plan.ts'

export interface TourOptions {
  url: string
  platform: Platform
  print(line: string): void
  progress?(line: string): void
  plan?: TourPlan
  /** Keys of flights whose predictions are acknowledged. */
  onAcknowledged?(flights: string[]): void
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Runs the tour, or what is left of it, and prints its summary. A tour that is done is said to be done. */
export async function runTour(options: TourOptions): Promise<Summary> {
  const { platform, url, print, plan = FULL_TOUR, progress = () => {} } = options
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
  const notebook = await openNotebook(platform, actor)
  const parts: ChallengeParts = { platform, plan, notebook, actor, step, progress }

  await register(parts)
  await launch(parts)
  const timeline = await openTimeline(platform.engine, plan, here('data'))
  await liveAll(parts, timeline, { url, token, onAcknowledged: options.onAcknowledged })
  await ensureRollback(parts)
  const last = notebook.list<Life>('life ')
  step(`Life: ${sum(last, l => l.predictions).toLocaleString('en')} predictions among ${sum(last, l => l.happenings).toLocaleString('en')} happenings, ${sum(last, l => l.singles.length).toLocaleString('en')} of them singly over HTTP`)

  const summary = await prove(parts, timeline.asked)
  summary.seconds = (performance.now() - started) / 1_000
  await platform.metadata.change({ actor, action: 'tour.completed', subject: 'tour/flights', details: {} }, tx => tx.put('tour', 'flights', summary))
  printSummary(summary, url, platform, print)
  return summary
}

async function register({ platform, actor, step }: ChallengeParts): Promise<void> {
  const { default: project } = await import('./slipway.ts')
  const module = project.services[0].onDemand!.module
  const { code } = await bundleOnDemand(here(module))
  const change = await platform.applyProject({ project, bundles: { [module]: code }, projectDir: here('.'), actor })
  const rows = sum(change.imported, d => d.rows)
  step(`Data: ${change.imported.length} datasets with ${rows.toLocaleString('en')} rows; ${change.differences.length === 0 ? 'the project is registered' : `${change.differences.length} definitions registered`}`)
}

/** The first release, and online state as it stands when life begins. */
async function launch({ platform, plan, actor, step, progress }: ChallengeParts): Promise<void> {
  const deployed = await platform.production.getDeployment(ENDPOINT).catch((error: unknown) => {
    if (error instanceof SlipwayError) return null
    throw error
  })
  if (deployed !== null && deployed.revisions.length > 0) { step(`Production: ${deployed.revisions[0].action} of an earlier start stands, training is not done again`); return }
  platform.clock.freeze(plan.lifeFrom)
  const { version, run, trained, gate, approvedBy, release } = await makeCandidate(platform, { from: plan.trainFrom, to: plan.trainTo }, actor, progress)
  step(`Intelligence: run ${run} trained version ${version} on ${trained.toLocaleString('en')} flights`)
  step(`Gate: ${gate.passed ? 'passed' : 'refused'}: ${gate.reason}`)
  if (release === null) throw new Error('The first candidate was refused by its gate; there is nothing to deploy.')
  for (const source of ['departures', 'weather', 'planes']) await platform.data.materialize({ source, upTo: plan.lifeFrom, actor })
  await platform.production.deploy({ endpoint: ENDPOINT, release, actor })
  step(`Production: release ${release}, approved by ${approvedBy}, deployed to ${ENDPOINT}; online state filled from history`)
}

/** Stretch after stretch: live, look, respond. */
async function liveAll(parts: ChallengeParts, timeline: Timeline, http: { url: string; token: string; onAcknowledged?: (flights: string[]) => void }): Promise<void> {
  const { platform, plan, notebook, actor, step, progress } = parts
  const { url, token, onAcknowledged } = http
  const caller = `${actor.kind}:${actor.name}`
  const singleOf = plan.singles === 0 ? 0 : Math.max(1, Math.floor(timeline.asked / (plan.singles * 1.1)))
  let resumed = notebook.list('life ').length > 0
  for (const stretch of planStretches(plan)) {
    const name = nameTime(stretch.to)
    const before = sum(notebook.list<Life>('life '), l => l.predictions)
    if (notebook.find(`life ${name}`) === undefined) {
      const happenings = await timeline.read(stretch.from, stretch.to)
      await scheduleOutage(parts, stretch)
      const life = await notebook.once<Life>(`life ${name}`, () => liveThrough(happenings, { platform, url, token, caller, endpoint: ENDPOINT, singleOf, before, progress, onAcknowledged }))
      if (life.resumedAt > 0) step(`Resumed: ${life.resumedAt.toLocaleString('en')} of ${happenings.length.toLocaleString('en')} happenings up to ${name} were in the journal already; the facts after the last prediction were sent again`)
      else if (resumed) step(`Resumed at ${nameTime(stretch.from)}`)
      resumed = false
    }
    platform.clock.freeze(stretch.to)
    await finish(parts, stretch, name)
    if (stretch.end === 'week' && plan.badFeed !== null && stretch.to >= plan.badFeed && notebook.find('bad feed') === undefined) await proveUndo(parts, { url, token })
  }
  await platform.setClock(plan.until)
}

/** Looks of every monitor that is due, then what they ask for. */
async function finish(parts: ChallengeParts, stretch: Stretch, name: string): Promise<void> {
  const { platform, notebook, step, progress } = parts
  if (notebook.find(`end ${name}`) !== undefined) return
  progress(`monitoring: ${name}`)
  for (const { opened, resolved } of await platform.monitoring.evaluate({ at: stretch.to })) {
    for (const alert of [...opened, ...resolved]) {
      if (alert.severity === 'page') step(`${alert.state === 'resolved' ? 'Resolved' : 'Page'}: ${alert.summary}`)
    }
  }
  if (stretch.end === 'week') await respond(parts, stretch)
  await notebook.once(`end ${name}`, async () => null)
}

/** The model fails for an hour, by a drill that the ledger knows of. */
async function scheduleOutage({ platform, plan: { outage }, notebook, actor, step }: ChallengeParts, { from }: Stretch): Promise<void> {
  if (outage === null || from !== outage.from) return
  await notebook.once('outage', async () => {
    const drills = await platform.production.listDrills(ENDPOINT)
    if (drills.length > 0) return drills[0].id
    const { drill } = await platform.production.startDrill({ endpoint: ENDPOINT, fault: 'model', from: outage.from, until: outage.until, reason: 'The tour shows what happens when the model cannot answer.', actor })
    return drill.id
  })
  step(`Drill: the model is made to fail from ${nameTime(outage.from)} to ${nameTime(outage.until)}`)
}

function sum<T>(list: readonly T[], of: (item: T) => number): number { return list.reduce((n, item) => n + of(item), 0) }
