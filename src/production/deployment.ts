import { formatActor, type Actor } from '../core/actor.ts'
import type { Json } from '../core/canonical.ts'
import type { Clock } from '../core/clock.ts'
import { SlipwayError } from '../core/errors.ts'
import type { ChampionPort } from '../core/ports/champions.ts'
import type { PredictionRole } from '../core/ports/predictions.ts'
import { formatTime, type Micros } from '../core/time.ts'
import type { LedgerEntry, Metadata } from '../metadata/index.ts'
import { changesBetween, type ContentChange } from './content-difference.ts'
import type { ContentStore, LoadedContent } from './loaded-content.ts'
import { serializer } from './mutex.ts'
import { getEndpoint, type Release, type Releases } from './release.ts'

/** Which release gets which share of an endpoint's traffic, and in which role. Today there is one: the champion, with all of it. */
export interface Route { release: string; number: number; role: PredictionRole; share: number; since: Micros }

/** One state of a deployment. `base` is the number of the one that a rollback returns to. */
export interface DeploymentRevision {
  number: number
  action: 'deploy' | 'rollback' | 'undo'
  routes: Route[]
  base: number | null
  actor: string
  at: Micros
  /** By the home's time, which its predictions were accepted in. */
  since: Micros
}

/** Document `deployment/<endpoint>`: every revision, the last one is obeyed. */
export interface Deployment { endpoint: string; revisions: DeploymentRevision[] }

export interface DeploymentChange {
  endpoint: string
  action: DeploymentRevision['action']
  from: { number: number; release: string } | null
  to: { number: number; release: string }
  /** What differs between the contents, the models and the gates. */
  changes: ContentChange[]
  dryRun: boolean
  /** Index of the ledger entry; null for a dry run. */
  ledger: number | null
}

/** A release that answers, ready to score. */
export interface Champion { release: Release; content: LoadedContent; /** The least ledger size that has the deployment. */ ledgerSize: number }

export interface DeploymentRequest { endpoint: string; actor: Actor; dryRun?: boolean }

export interface Deployments {
  /** For gates: what answers for a model now. Of several endpoints that serve it, the first by name. */
  championOfModel: ChampionPort['champion']
  get(endpoint: string): Promise<Deployment | null>
  /** New predictions use the release from the moment that this returns; those in flight finish with the old one. */
  deploy(request: DeploymentRequest & { release: number | string }): Promise<DeploymentChange>
  /** To the deployment before this one. `nothing_to_roll_back` when there is none. */
  rollback(request: DeploymentRequest): Promise<DeploymentChange>
  /** Takes the last change back, a rollback too. */
  undo(request: DeploymentRequest): Promise<DeploymentChange>
  /** What answers for an endpoint, without waiting; undefined when nothing does. */
  champion(endpoint: string): Champion | undefined
  /** The error that an endpoint without a champion answers with. */
  explain(endpoint: string): Promise<SlipwayError>
  /** Loads what every deployment names. An endpoint whose content is damaged is left out, and says so when asked. */
  load(onFault: (endpoint: string, error: unknown) => void): Promise<void>
}

export function openDeployments(parts: { metadata: Metadata; releases: Releases; contents: ContentStore; clock: Clock }): Deployments {
  const { metadata, releases, contents, clock } = parts
  const champions = new Map<string, Champion>()
  const faults = new Map<string, unknown>()
  const oneAtATime = serializer()

  const get: Deployments['get'] = async endpoint => (await metadata.get<Deployment>('deployment', endpoint))?.body ?? null

  /** Content is loaded, prepared and warm before anything is written, so the switch itself cannot fail. */
  const change = async ({ endpoint, actor, dryRun = false }: DeploymentRequest, action: DeploymentRevision['action'], choose: (current: Deployment | null) => Promise<{ release: Release; base: number | null }>): Promise<DeploymentChange> => {
    await getEndpoint(metadata, endpoint)
    const stored = await metadata.get<Deployment>('deployment', endpoint)
    const { release, base } = await choose(stored?.body ?? null)
    assertServable(release, clock.now())
    await releases.read(endpoint, release.number)
    const content = await contents.prepare(release.contentDigest)

    const revisions = stored?.body.revisions ?? []
    const current = revisions.at(-1) ?? null
    const before = current === null ? null : championOf(current)
    const was = before === null ? null : await releases.get(endpoint, before.number)
    const changes = changesBetween(was && { release: was, content: (await contents.load(was.contentDigest)).content }, { release, content: content.content })
    const difference: DeploymentChange = {
      endpoint, action, changes, dryRun, ledger: null,
      from: before && { number: before.number, release: before.release }, to: { number: release.number, release: release.id },
    }
    if (dryRun) return difference

    const since = clock.now()
    const revision: DeploymentRevision = {
      number: (current?.number ?? 0) + 1, action, base, actor: formatActor(actor), at: clock.recorded(), since,
      routes: [{ release: release.id, number: release.number, role: 'champion', share: 1, since }],
    }
    const { ledger } = await metadata.change(
      { actor, action: action === 'rollback' ? 'deployment.rolledBack' : 'deployment.changed', subject: `deployment/${endpoint}`, details: { action, from: before?.release ?? null, to: release.id, changes: changes as unknown as Json } },
      tx => tx.put<Deployment>('deployment', endpoint, { endpoint, revisions: [...revisions, revision] }, { revision: stored?.revision ?? 0 }))
    install(endpoint, { release, content, ledgerSize: ledger + 1 })
    return { ...difference, ledger }
  }

  const install = (endpoint: string, champion: Champion): void => {
    champions.set(endpoint, champion)
    faults.delete(endpoint)
  }

  const numbered = (deployment: Deployment | null, number: number | null, endpoint: string): DeploymentRevision => {
    const found = number === null ? undefined : deployment?.revisions.find(r => r.number === number)
    if (found === undefined) throw new SlipwayError('nothing_to_roll_back', `${endpoint} has no earlier deployment.`)
    return found
  }

  return {
    get,
    deploy: request => oneAtATime(() => change(request, 'deploy', async current => {
      const release = await releases.get(request.endpoint, request.release)
      const last = current?.revisions.at(-1)
      if (last !== undefined && championOf(last).release === release.id) return { release, base: last.base }
      return { release, base: last?.number ?? null }
    })),
    rollback: request => oneAtATime(() => change(request, 'rollback', async current => {
      const target = numbered(current, current?.revisions.at(-1)?.base ?? null, request.endpoint)
      return { release: await releases.get(request.endpoint, championOf(target).number), base: target.base }
    })),
    undo: request => oneAtATime(() => change(request, 'undo', async current => {
      const last = current?.revisions.at(-1)
      const target = numbered(current, last === undefined ? null : last.number - 1, request.endpoint)
      return { release: await releases.get(request.endpoint, championOf(target).number), base: target.base }
    })),
    champion: endpoint => champions.get(endpoint),
    async championOfModel(model) {
      const [first] = [...champions].filter(([, c]) => c.release.model === model).sort(([a], [b]) => (a < b ? -1 : 1))
      if (first === undefined) return null
      const [, { release, content }] = first
      return { name: `${model}@${release.modelVersion}`, contentDigest: release.contentDigest, content: content.content }
    },
    async explain(endpoint) {
      const fault = faults.get(endpoint)
      if (fault instanceof SlipwayError) return fault
      if (fault !== undefined) return new SlipwayError('internal', `The release of ${endpoint} could not be loaded.`, { cause: fault })
      try { await getEndpoint(metadata, endpoint) } catch (error) { return error as SlipwayError }
      return new SlipwayError('not_deployable', `${endpoint} has no deployed release.`)
    },
    async load(onFault) {
      for (const { body } of await metadata.list<Deployment>('deployment')) {
        try {
          const release = await releases.get(body.endpoint, championOf(body.revisions.at(-1) as DeploymentRevision).number)
          const entry = await lastEntry(metadata, `deployment/${body.endpoint}`)
          if (entry === null) throw new SlipwayError('corrupt', `The ledger does not know the deployment of ${body.endpoint}.`)
          const content = await contents.prepare(release.contentDigest)
          install(body.endpoint, { release, content, ledgerSize: entry.index + 1 })
        } catch (error) {
          faults.set(body.endpoint, error)
          onFault(body.endpoint, error)
        }
      }
    },
  }
}

async function lastEntry(metadata: Metadata, subject: string): Promise<LedgerEntry | null> {
  return (await metadata.ledger.list({ subject, reverse: true, limit: 1 }))[0] ?? null
}

export function championOf(revision: DeploymentRevision): Route {
  const route = revision.routes.find(r => r.role === 'champion')
  if (route === undefined) throw new SlipwayError('corrupt', `Deployment ${revision.number} has no champion.`)
  return route
}

/** A gate that passed with its approval, or a waiver that has not run out. @throws SlipwayError `not_deployable`. */
export function assertServable({ id, contentDigest, gate, approval, waiver }: Release, now: Micros): void {
  const judged = gate?.passed === true && gate.contentDigest === contentDigest && approval?.approved === true && approval.contentDigest === contentDigest
  if (judged) return
  if (waiver === null || waiver.contentDigest !== contentDigest) throw new SlipwayError('not_deployable', `${id} has neither a passed gate with its approval nor a waiver.`)
  if (waiver.until <= now) throw new SlipwayError('not_deployable', `The waiver ${waiver.id} of ${id} ended at ${formatTime(waiver.until)}.`)
}

