import type { ModelContent } from '../core/definition.ts'
import { changesBetween, type ContentChange } from './content-difference.ts'
import type { Release } from './release.ts'

/** A route with what it computes by; content is null when it cannot be read any more. */
export interface RouteSide { release: Release; content: ModelContent | null; share: number }

/** What answers, by role. */
export interface RouteSides { champion: RouteSide | null; challenger: RouteSide | null }

/**
 * What differs between two states of an endpoint: challenger and shares, then the contents, of the champions where those differ, else of the
 * champion and its new challenger: that is the choice that a trial is about.
 */
export function routeChanges(from: RouteSides, to: RouteSides): ContentChange[] {
  const changes: ContentChange[] = []
  const note = (path: string, a: string | number | null, b: string | number | null): void => { if (a !== b) changes.push({ path, from: a, to: b }) }
  note('challenger', from.challenger?.release.id ?? null, to.challenger?.release.id ?? null)
  if (from.champion !== null) note('champion share', from.champion.share, to.champion?.share ?? null)
  note('challenger share', from.challenger?.share ?? null, to.challenger?.share ?? null)
  if (from.champion?.release.id !== to.champion?.release.id) return [...changes, ...contents(from.champion, to.champion)]
  if (to.challenger !== null && from.challenger?.release.id !== to.challenger.release.id) return [...changes, ...contents(to.champion, to.challenger).filter(c => c.path !== 'release')]
  return changes
}

function contents(from: RouteSide | null, to: RouteSide | null): ContentChange[] {
  if (to === null || to.content === null) return []
  const known = from !== null && from.content !== null ? { release: from.release, content: from.content } : null
  const changes = changesBetween(known, { release: to.release, content: to.content })
  // Without the old content only the releases can be compared.
  return from !== null && known === null ? [{ path: 'release', from: from.release.id, to: to.release.id }] : changes
}
