// Failures that are practised: for a while a model or the reading of its features fails on purpose, so that the fallback and the people behind it are tried.
import { formatActor, type Actor } from '../core/actor.ts'
import type { Clock } from '../core/clock.ts'
import { SlipwayError, type Fault } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import { formatTime, type Micros } from '../core/time.ts'
import type { Metadata } from '../metadata/index.ts'
import { serializer } from './mutex.ts'
import { getEndpoint } from './release.ts'
import type { Serving } from './serving.ts'

/** A practised failure: which part fails, and by which drill. */
export interface DrillFault { id: string; fault: 'model' | 'features' }

/** Document `drill/<id>`. Times are the home's; `at` is the wall clock's. */
export interface Drill extends DrillFault {
  endpoint: string
  /** Requests accepted in [from, until), or until it was ended. */
  from: Micros
  until: Micros
  endedAt: Micros | null
  reason: string
  actor: string
  at: Micros
}

export interface DrillRequest {
  endpoint: string
  /** model: champion and challenger cannot score; features: nothing can be read for the endpoint. */
  fault: DrillFault['fault']
  /** Default: now. */
  from?: Micros
  until: Micros
  reason: string
  actor: Actor
  /** Also where no fallback is declared: callers get errors. */
  force?: boolean
  dryRun?: boolean
}

/** `ledger` is null for a dry run. */
export interface DrillChange { drill: Drill; dryRun: boolean; ledger: number | null }

export interface Drills {
  /** @throws SlipwayError `unknown_endpoint`, `not_deployable`, `invalid_request`. */
  start(request: DrillRequest): Promise<DrillChange>
  /** From now on it fails no more. `not_found`; `conflict` when it is over. */
  end(request: { id: string; actor: Actor; dryRun?: boolean }): Promise<DrillChange>
  /** The newest first. */
  list(endpoint?: string): Promise<Drill[]>
  /** What is practised at an endpoint at a time; the drill that was started last counts. Never waits. */
  active(endpoint: string, at: Micros): Drill | null
  load(): Promise<void>
}

const FAULTS: readonly string[] = ['model', 'features']

export function openDrills(parts: { metadata: Metadata; clock: Clock; serving(endpoint: string): Serving | undefined; explain(endpoint: string): Promise<SlipwayError> }): Drills {
  const { metadata, clock, serving, explain } = parts
  const oneAtATime = serializer()
  /** By endpoint, the newest first. */
  const known = new Map<string, Drill[]>()

  const remember = (drill: Drill): void => {
    known.set(drill.endpoint, [drill, ...(known.get(drill.endpoint) ?? []).filter(d => d.id !== drill.id)].sort(newestFirst))
  }

  const all = async (): Promise<Drill[]> => (await metadata.list<Drill>('drill')).map(d => d.body).sort(newestFirst)

  const start = async ({ endpoint, fault, from = clock.now(), until, reason, actor, force = false, dryRun = false }: DrillRequest): Promise<DrillChange> => {
    await getEndpoint(metadata, endpoint)
    const now = clock.now()
    const faults: Fault[] = []
    if (!FAULTS.includes(fault)) faults.push({ path: 'fault', message: 'must be model or features' })
    if (!Number.isSafeInteger(from)) faults.push({ path: 'from', message: 'must be a time' })
    if (!Number.isSafeInteger(until) || until <= now || until <= from) faults.push({ path: 'until', message: `must be a time after ${formatTime(Number.isSafeInteger(from) && from > now ? from : now)}` })
    if (typeof reason !== 'string' || reason.trim().length < 3) faults.push({ path: 'reason', message: 'must say why, in at least 3 characters' })
    if (faults.length > 0) throw new SlipwayError('invalid_request', `${faults[0].path} ${faults[0].message}.`, { faults })
    const served = serving(endpoint)
    if (served === undefined) throw await explain(endpoint)
    const bare = [served.champion, ...(served.challenger === null ? [] : [served.challenger])].find(r => r.content.content.fallback === undefined)
    if (bare !== undefined && !force) {
      throw new SlipwayError('invalid_request', `${bare.release.id} declares no fallback: the callers of ${endpoint} would get errors.`, { faults: [{ path: 'endpoint', message: 'declares no fallback' }], remedy: 'Declare a fallback in the project, train and deploy; or force the drill to practise just that.' })
    }
    const drill: Drill = { id: newId('drill'), endpoint, fault, from, until, endedAt: null, reason, actor: formatActor(actor), at: clock.recorded() }
    if (dryRun) return { drill, dryRun, ledger: null }
    const { ledger } = await metadata.change(
      { actor, action: 'drill.started', subject: `drill/${drill.id}`, details: { endpoint, fault, from, until, reason, forced: bare !== undefined } },
      tx => tx.put('drill', drill.id, drill, { revision: 0 }))
    remember(drill)
    return { drill, dryRun, ledger }
  }

  const end = async ({ id, actor, dryRun = false }: { id: string; actor: Actor; dryRun?: boolean }): Promise<DrillChange> => {
    const found = await metadata.get<Drill>('drill', id)
    if (found === null) throw new SlipwayError('not_found', `There is no drill ${JSON.stringify(id.slice(0, 60))}.`)
    const now = clock.now()
    const over = found.body.endedAt ?? found.body.until
    if (over <= now) throw new SlipwayError('conflict', `The drill ${id} ended at ${formatTime(over)}.`, { remedy: 'It fails nothing any more.' })
    const drill: Drill = { ...found.body, endedAt: now }
    if (dryRun) return { drill, dryRun, ledger: null }
    const { ledger } = await metadata.change(
      { actor, action: 'drill.ended', subject: `drill/${id}`, details: { endpoint: drill.endpoint, endedAt: now } },
      tx => tx.put('drill', id, drill, { revision: found.revision }))
    remember(drill)
    return { drill, dryRun, ledger }
  }

  return {
    start: request => oneAtATime(() => start(request)),
    end: request => oneAtATime(() => end(request)),
    list: async endpoint => (await all()).filter(d => endpoint === undefined || d.endpoint === endpoint),
    active(endpoint, at) {
      const drills = known.get(endpoint)
      return drills === undefined ? null : drills.find(d => at >= d.from && at < Math.min(d.until, d.endedAt ?? d.until)) ?? null
    },
    async load() { for (const drill of await all()) remember(drill) },
  }
}

function newestFirst(a: Drill, b: Drill): number { return b.at - a.at || (a.id < b.id ? 1 : -1) }
