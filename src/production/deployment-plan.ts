// What a change of a deployment leads to, before anything is loaded or written.
import { SlipwayError } from '../core/errors.ts'
import type { PredictionRole } from '../core/ports/predictions.ts'
import type { Release } from './release.ts'

/** Which release gets which share of an endpoint's traffic, and in which role: a champion, and at most one challenger. */
export interface Route { release: string; number: number; role: PredictionRole; share: number; /** By the home's time, unchanged. */ since: number }

export type DeploymentAction = 'deploy' | 'promote' | 'withdraw' | 'rollback' | 'undo'

/** One state of a deployment. `base` is the number of the one that a rollback returns to: the last with another champion. */
export interface DeploymentRevision {
  number: number
  action: DeploymentAction
  routes: Route[]
  base: number | null
  actor: string
  at: number
  /** By the home's time, which its predictions were accepted in. */
  since: number
}

/** Document `deployment/<endpoint>`: every revision, the last one is obeyed. */
export interface Deployment { endpoint: string; revisions: DeploymentRevision[] }

export type PlannedRoute = Pick<Route, 'release' | 'number' | 'role' | 'share'>
export interface DeploymentPlan { routes: PlannedRoute[]; base: number | null }

export function routeOf(revision: DeploymentRevision | null | undefined, role: PredictionRole): Route | null { return revision?.routes.find(r => r.role === role) ?? null }

export function championOf(revision: DeploymentRevision): Route {
  const route = routeOf(revision, 'champion')
  if (route === null) throw new SlipwayError('corrupt', `Deployment ${revision.number} has no champion.`)
  return route
}

const alone = ({ release, number }: Pick<Route, 'release' | 'number'>): PlannedRoute[] => [{ release, number, role: 'champion', share: 1 }]
const named = ({ id, number }: Release): Pick<Route, 'release' | 'number'> => ({ release: id, number })
const refuse = (message: string, remedy: string): SlipwayError => new SlipwayError('not_deployable', message, { remedy })

/** All traffic to one release. While a challenger runs somebody must say what becomes of it, so that no trial ends unnoticed. */
export function planChampion(endpoint: string, current: DeploymentRevision | null, release: Release): DeploymentPlan {
  const challenger = routeOf(current, 'challenger')
  if (challenger !== null) {
    throw challenger.release === release.id
      ? refuse(`${release.id} is the challenger of ${endpoint}.`, 'Promote it: `slipway promote` gives it all traffic.')
      : refuse(`${endpoint} has the challenger ${challenger.release}, which a new champion would end.`, 'Withdraw or promote the challenger first.')
  }
  if (current === null) return { routes: alone(named(release)), base: null }
  return { routes: alone(named(release)), base: championOf(current).release === release.id ? current.base : current.number }
}

/** A share of the traffic to a second release; another one, or another share, replaces it. */
export function planChallenger(endpoint: string, current: DeploymentRevision | null, release: Release, share: number): DeploymentPlan {
  if (!(share > 0 && share < 1)) throw new SlipwayError('invalid_request', `share must be greater than 0 and less than 1, and is ${share}.`, { faults: [{ path: 'share', message: 'must be greater than 0 and less than 1' }] })
  if (current === null) throw refuse(`${endpoint} has no champion that ${release.id} could challenge.`, 'Deploy a champion first.')
  const champion = championOf(current)
  if (champion.release === release.id) throw refuse(`${release.id} is the champion of ${endpoint} already.`, 'Choose another release as challenger.')
  return { routes: [{ ...alone(champion)[0], share: 1 - share }, { ...named(release), role: 'challenger', share }], base: current.base }
}

/** The challenger gets all traffic. The base is the revision with the champion that it replaces. */
export function planPromotion(endpoint: string, current: DeploymentRevision | null): DeploymentPlan {
  const { revision, challenger } = running(endpoint, current, 'promote')
  return { routes: alone(challenger), base: revision.number }
}

export function planWithdrawal(endpoint: string, current: DeploymentRevision | null): DeploymentPlan {
  const { revision } = running(endpoint, current, 'withdraw')
  return { routes: alone(championOf(revision)), base: revision.base }
}

function running(endpoint: string, current: DeploymentRevision | null, action: string): { revision: DeploymentRevision; challenger: Route } {
  const challenger = routeOf(current, 'challenger')
  if (current === null || challenger === null) throw new SlipwayError('no_challenger', `${endpoint} has no challenger to ${action}.`)
  return { revision: current, challenger }
}

/** To the champion before this one, alone: a challenger was not the one that people relied on. */
export function planRollback(endpoint: string, deployment: Deployment | null): DeploymentPlan {
  const current = deployment?.revisions.at(-1)
  const target = deployment?.revisions.find(r => r.number === current?.base)
  if (target === undefined) {
    throw new SlipwayError('nothing_to_roll_back', `${endpoint} has no earlier deployment with another champion.`, routeOf(current, 'challenger') === null ? {} : { remedy: 'To end the trial of its challenger, withdraw that.' })
  }
  return { routes: alone(championOf(target)), base: target.base }
}

/** Exactly the state before the last change, with its challenger. */
export function planUndo(endpoint: string, deployment: Deployment | null): DeploymentPlan {
  const last = deployment?.revisions.at(-1)
  const target = deployment?.revisions.find(r => last !== undefined && r.number === last.number - 1)
  if (target === undefined) throw new SlipwayError('nothing_to_roll_back', `${endpoint} has no earlier deployment.`)
  return { routes: target.routes.map(({ release, number, role, share }) => ({ release, number, role, share })), base: target.base }
}
