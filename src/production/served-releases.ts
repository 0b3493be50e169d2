import { ROLES, type ServedRelease } from '../core/ports/predictions.ts'
import type { Deployment, Route } from './deployment-plan.ts'
import type { Release } from './release.ts'

/** The stretches over which releases served, the oldest first. A revision that leaves a route as it was does not cut it. */
export function servedReleases(deployment: Deployment, releases: ReadonlyMap<number, Release>): ServedRelease[] {
  const served: ServedRelease[] = []
  let open: ServedRelease[] = []
  for (const { number: revision, action, since, routes } of deployment.revisions) {
    const going = open.filter(s => routes.some(r => continues(s, r)))
    for (const ended of open) if (!going.includes(ended)) ended.until = since
    const begun = routes.filter(r => !open.some(s => continues(s, r))).flatMap(({ number, role, share }) => {
      const release = releases.get(number)
      return release === undefined ? [] : [{
        id: release.id, number, model: release.model, modelVersion: release.modelVersion, contentDigest: release.contentDigest, trainingSet: release.lineage.trainingSet,
        role, share, since, until: null, revision, action,
      }]
    }).sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role))
    served.push(...begun)
    open = [...going, ...begun]
  }
  return served
}

function continues(served: ServedRelease, route: Route): boolean { return served.number === route.number && served.role === route.role && served.share === route.share }
