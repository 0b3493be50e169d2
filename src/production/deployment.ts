import { formatActor, type Actor } from '../core/actor.ts'
import type { Json } from '../core/canonical.ts'
import type { Clock } from '../core/clock.ts'
import type { ModelDefinition } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import type { ChampionPort } from '../core/ports/champions.ts'
import type { PredictionRole } from '../core/ports/predictions.ts'
import { formatTime, type Micros } from '../core/time.ts'
import type { LedgerEntry, Metadata } from '../metadata/index.ts'
import type { ContentChange } from './content-difference.ts'
import { routeChanges, type RouteSide } from './route-difference.ts'
import {
  championOf, planChallenger, planChampion, planPromotion, planRollback, planUndo, planWithdrawal, routeOf,
  type Deployment, type DeploymentAction, type DeploymentPlan, type DeploymentRevision, type PlannedRoute,
} from './deployment-plan.ts'
import type { ContentStore } from './loaded-content.ts'
import { serializer } from './mutex.ts'
import { getEndpoint, type Release, type Releases } from './release.ts'
import { assertSameRequest, makeReady, openAnswering, requestDifferences, type Answering, type Serving, type ServingRoute } from './serving.ts'

export interface DeploymentChange {
  endpoint: string
  action: DeploymentAction
  /** Whose release changes. */
  role: PredictionRole
  /** What has that role before and after. */
  from: { number: number; release: string } | null
  to: { number: number; release: string } | null
  /** What differs: routes and shares, contents, models and gates. */
  changes: ContentChange[]
  dryRun: boolean
  /** Index of the ledger entry; null for a dry run. */
  ledger: number | null
}

export interface DeploymentRequest { endpoint: string; actor: Actor; dryRun?: boolean }

/** `share` is the challenger's part of the traffic, in (0, 1); default: what the model's evaluation policy gives to a trial. */
export interface DeployRequest extends DeploymentRequest { release: number | string; /** Default: champion. */ role?: 'champion' | 'challenger'; share?: number }

export interface Deployments {
  /** For gates: what answers for a model now. Of several endpoints that serve it, the first by name. */
  championOfModel: ChampionPort['champion']
  get(endpoint: string): Promise<Deployment | null>
  /**
   * New predictions use the release from the moment that this returns; those in flight finish with the old one.
   * @throws SlipwayError `not_deployable`, `invalid_request`, `not_found`, `corrupt`.
   */
  deploy(request: DeployRequest): Promise<DeploymentChange>
  /** The challenger becomes the champion, with all traffic. `no_challenger` when there is none. */
  promote(request: DeploymentRequest): Promise<DeploymentChange>
  /** Ends the challenger; the champion gets all traffic. `no_challenger` when there is none. */
  withdraw(request: DeploymentRequest): Promise<DeploymentChange>
  /** To the champion before this one, alone. `nothing_to_roll_back` when there is none; `not_deployable` when it is no longer there. */
  rollback(request: DeploymentRequest): Promise<DeploymentChange>
  /** Takes the last change back, a rollback too. */
  undo(request: DeploymentRequest): Promise<DeploymentChange>
  /** What answers for an endpoint, without waiting; undefined when nothing does. */
  serving(endpoint: string): Serving | undefined
  /** The error that an endpoint without a champion answers with. */
  explain(endpoint: string): Promise<SlipwayError>
  /** What answers, and why nothing does where its deployment could not be opened. Never waits. */
  look(endpoint: string): { serving: Serving | null; fault: SlipwayError | null }
  /** Every endpoint with a deployment, by name. */
  list(): { endpoint: string; serving: Serving | null }[]
  /** Opens what every deployment names: definitions, and no model yet. An endpoint whose definitions are damaged is left out, and says so when asked. */
  load(onFault: (endpoint: string, error: unknown) => void): Promise<void>
  /** Tries to open one that was left out again, once a second at most. */
  reload(endpoint: string): Promise<void>
}

export function openDeployments(parts: { metadata: Metadata; releases: Releases; contents: ContentStore; clock: Clock }): Deployments {
  const { metadata, releases, contents, clock } = parts
  const servings = new Map<string, Serving>()
  const faults = new Map<string, { error: SlipwayError; since: number }>()
  const oneAtATime = serializer()

  const get: Deployments['get'] = async endpoint => (await metadata.get<Deployment>('deployment', endpoint))?.body ?? null

  /** Everything is loaded, prepared and warm before anything is written, so the switch itself cannot fail. */
  const change = async ({ endpoint, actor, dryRun = false }: DeploymentRequest, action: DeploymentAction, plan: (deployment: Deployment | null, current: DeploymentRevision | null) => DeploymentPlan | Promise<DeploymentPlan>): Promise<DeploymentChange> => {
    await getEndpoint(metadata, endpoint)
    const stored = await metadata.get<Deployment>('deployment', endpoint)
    const revisions = stored?.body.revisions ?? []
    const current = revisions.at(-1) ?? null
    const { routes, base } = await plan(stored?.body ?? null, current)
    // What a plan names last is what was asked for.
    const asked = action === 'deploy' ? routes.at(-1) : undefined
    for (const route of routes) if (route === asked || !goesOn(current, route)) await admit(endpoint, route)
    const serving = await prepare(endpoint, routes, revisions.find(r => r.number === base) ?? null)
    for (const route of [serving.champion, serving.challenger]) if (route !== null) await makeReady(route)
    const difference = await compare(endpoint, action, current, serving)
    if (dryRun) return { ...difference, dryRun, ledger: null }

    const since = clock.now()
    const revision: DeploymentRevision = {
      number: (current?.number ?? 0) + 1, action, base, actor: formatActor(actor), at: clock.recorded(), since,
      routes: routes.map(r => current?.routes.find(c => c.number === r.number && c.role === r.role && c.share === r.share) ?? { ...r, since }),
    }
    const { role, from, to, changes } = difference
    const { ledger } = await metadata.change(
      {
        actor, action: LEDGER_ACTIONS[action], subject: `deployment/${endpoint}`,
        details: { action, role, from: from?.release ?? null, to: to?.release ?? null, routes: routes.map(r => ({ release: r.release, role: r.role, share: r.share })), changes: changes as unknown as Json },
      },
      tx => tx.put<Deployment>('deployment', endpoint, { endpoint, revisions: [...revisions, revision] }, { revision: stored?.revision ?? 0 }))
    servings.set(endpoint, { ...serving, ledgerSize: ledger + 1 })
    faults.delete(endpoint)
    return { ...difference, dryRun, ledger }
  }

  /** What is to answer in a role that it has not yet: it is all there, as recorded, and may serve. */
  const admit = async (endpoint: string, { number }: PlannedRoute): Promise<void> => {
    const release = await releases.get(endpoint, number)
    assertServable(release, clock.now())
    const missing = await releases.missing(endpoint, number)
    if (missing.length > 0) throw new SlipwayError('not_deployable', `${release.id} is no longer there; missing: ${missing.join(', ')}. Nothing was changed.`, { remedy: 'Restore what is missing from a backup, or deploy another release.' })
    await releases.read(endpoint, number)
  }

  const prepare = async (endpoint: string, routes: readonly PlannedRoute[], base: DeploymentRevision | null): Promise<Omit<Serving, 'ledgerSize'>> => {
    const answering = async (number: number): Promise<Answering> => openAnswering(contents, await releases.get(endpoint, number))
    const of = (role: PredictionRole): PlannedRoute | undefined => routes.find(r => r.role === role)
    const planned = of('champion') as PlannedRoute
    const champion: ServingRoute = { ...await answering(planned.number), role: 'champion', share: planned.share, previous: null }
    if (base !== null && champion.content.content.fallback?.previousRelease === true) champion.previous = await standby(champion, () => answering(championOf(base).number))
    const second = of('challenger')
    if (second === undefined) return { champion, challenger: null }
    const challenger: ServingRoute = { ...await answering(second.number), role: 'challenger', share: second.share, previous: champion }
    assertSameRequest(champion, challenger)
    return { champion, challenger }
  }

  /** What cannot be opened is no fallback; that is no reason to refuse what works. */
  const standby = async (route: Answering, open: () => Promise<Answering>): Promise<Answering | null> => {
    try {
      const found = await open()
      assertServable(found.release, clock.now())
      return requestDifferences(route.content.content.features, found.content.content.features).length === 0 ? found : null
    } catch { return null }
  }

  const leaveOut = (endpoint: string, cause: unknown): void => {
    const error = cause instanceof SlipwayError ? cause : new SlipwayError('internal', `The release of ${endpoint} could not be opened.`, { cause })
    faults.set(endpoint, { error, since: performance.now() })
  }

  /** As recorded. A challenger that is damaged costs the trial, not the endpoint. */
  const reopen = async ({ endpoint, revisions }: Deployment, onFault: (endpoint: string, error: unknown) => void): Promise<Serving> => {
    const last = revisions.at(-1) as DeploymentRevision
    const entry = await lastEntry(metadata, `deployment/${endpoint}`)
    if (entry === null) throw new SlipwayError('corrupt', `The ledger does not know the deployment of ${endpoint}.`)
    const base = revisions.find(r => r.number === last.base) ?? null
    const serving = await prepare(endpoint, last.routes, base).catch(async (error: unknown) => {
      if (last.routes.length === 1) throw error
      const alone = await prepare(endpoint, [championOf(last)], base)
      onFault(endpoint, error)
      return alone
    })
    return { ...serving, ledgerSize: entry.index + 1 }
  }

  const compare = async (endpoint: string, action: DeploymentAction, current: DeploymentRevision | null, { champion, challenger }: Omit<Serving, 'ledgerSize'>): Promise<Omit<DeploymentChange, 'dryRun' | 'ledger'>> => {
    const before = async (role: PredictionRole): Promise<RouteSide | null> => {
      const route = routeOf(current, role)
      if (route === null) return null
      const release = await releases.get(endpoint, route.number)
      // The difference is for people: what cannot be read any more must not keep them from leaving it.
      const content = await contents.describe(release.contentDigest).catch(() => null)
      return { release, content, share: route.share }
    }
    const side = (route: ServingRoute | null): RouteSide | null => route && { release: route.release, content: route.content.content, share: route.share }
    const was = { champion: await before('champion'), challenger: await before('challenger') }
    const is = { champion: side(champion), challenger: side(challenger) }
    const moves = was.champion?.release.id !== is.champion?.release.id || (was.challenger === null && is.challenger === null)
    const role = moves ? 'champion' : 'challenger'
    const shown = (s: RouteSide | null): DeploymentChange['from'] => s && { number: s.release.number, release: s.release.id }
    return { endpoint, action, role, from: shown(was[role]), to: shown(is[role]), changes: routeChanges(was, is) }
  }

  const trialShare = async (endpoint: string): Promise<number> => {
    const { model } = await getEndpoint(metadata, endpoint)
    const definition = (await metadata.get('model', model))?.body as unknown as Partial<ModelDefinition> | undefined
    const share = definition?.evaluation?.trial?.share
    if (share !== undefined) return share
    throw new SlipwayError('invalid_request', `share is missing, and the evaluation policy of ${model} has no trial that names one.`, { faults: [{ path: 'share', message: 'is missing' }] })
  }

  return {
    get,
    deploy: request => oneAtATime(async () => {
      const { endpoint, role = 'champion', share } = request
      if (role !== 'champion' && role !== 'challenger') throw new SlipwayError('invalid_request', `role must be champion or challenger, and is ${JSON.stringify(role)}.`, { faults: [{ path: 'role', message: 'must be champion or challenger' }] })
      if (role === 'champion' && share !== undefined && share !== 1) throw new SlipwayError('invalid_request', 'share is for a challenger: a champion gets all the traffic.', { faults: [{ path: 'share', message: 'is for a challenger' }] })
      return await change(request, 'deploy', async (_, current) => {
        const release = await releases.get(endpoint, request.release)
        return role === 'champion' ? planChampion(endpoint, current, release) : planChallenger(endpoint, current, release, share ?? await trialShare(endpoint))
      })
    }),
    promote: request => oneAtATime(() => change(request, 'promote', (_, current) => planPromotion(request.endpoint, current))),
    withdraw: request => oneAtATime(() => change(request, 'withdraw', (_, current) => planWithdrawal(request.endpoint, current))),
    rollback: request => oneAtATime(() => change(request, 'rollback', deployment => planRollback(request.endpoint, deployment))),
    undo: request => oneAtATime(() => change(request, 'undo', deployment => planUndo(request.endpoint, deployment))),
    serving: endpoint => servings.get(endpoint),
    async championOfModel(model) {
      const [first] = [...servings].filter(([, s]) => s.champion.release.model === model).sort(([a], [b]) => (a < b ? -1 : 1))
      if (first === undefined) return null
      const { release, content } = first[1].champion
      return { name: `${model}@${release.modelVersion}`, contentDigest: release.contentDigest, content: content.content }
    },
    async explain(endpoint) {
      const fault = faults.get(endpoint)
      if (fault !== undefined) return fault.error
      try { await getEndpoint(metadata, endpoint) } catch (error) { return error as SlipwayError }
      return new SlipwayError('not_deployable', `${endpoint} has no deployed release.`)
    },
    look: endpoint => ({ serving: servings.get(endpoint) ?? null, fault: faults.get(endpoint)?.error ?? null }),
    list: () => [...servings.keys(), ...faults.keys()].sort().map(endpoint => ({ endpoint, serving: servings.get(endpoint) ?? null })),
    async load(onFault) {
      const stored = await metadata.list<Deployment>('deployment')
      await Promise.all(stored.map(async ({ body }) => {
        try { servings.set(body.endpoint, await reopen(body, onFault)) } catch (error) {
          leaveOut(body.endpoint, error)
          onFault(body.endpoint, error)
        }
      }))
    },
    reload: endpoint => oneAtATime(async () => {
      const left = faults.get(endpoint)
      if (left === undefined || performance.now() - left.since < RETRY_MS) return
      const stored = await metadata.get<Deployment>('deployment', endpoint)
      if (stored === null) return
      try {
        servings.set(endpoint, await reopen(stored.body, () => {}))
        faults.delete(endpoint)
      } catch (error) { leaveOut(endpoint, error) }
    }),
  }
}

/** How long what could not be opened is not tried again, ms. */
const RETRY_MS = 1_000

const LEDGER_ACTIONS = {
  deploy: 'deployment.changed', undo: 'deployment.changed', rollback: 'deployment.rolledBack', promote: 'deployment.promoted', withdraw: 'deployment.withdrawn',
} as const satisfies Record<DeploymentAction, string>

/** True for a route that had its role before: what serves already is not judged again because another route changed. */
function goesOn(current: DeploymentRevision | null, { number, role }: PlannedRoute): boolean {
  return current !== null && current.routes.some(r => r.number === number && r.role === role)
}

async function lastEntry(metadata: Metadata, subject: string): Promise<LedgerEntry | null> {
  return (await metadata.ledger.list({ subject, reverse: true, limit: 1 }))[0] ?? null
}

/** A gate that passed with its approval, or a waiver that has not run out. @throws SlipwayError `not_deployable`. */
export function assertServable({ id, contentDigest, gate, approval, waiver }: Release, now: Micros): void {
  const judged = gate?.passed === true && gate.contentDigest === contentDigest && approval?.approved === true && approval.contentDigest === contentDigest
  if (judged) return
  if (waiver === null || waiver.contentDigest !== contentDigest) throw new SlipwayError('not_deployable', `${id} has neither a passed gate with its approval nor a waiver.`)
  if (waiver.until <= now) throw new SlipwayError('not_deployable', `The waiver ${waiver.id} of ${id} ended at ${formatTime(waiver.until)}.`)
}
