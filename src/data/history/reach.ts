import type { Micros } from '../../core/time.ts'
import type { ViewPlan } from '../compiled-service.ts'
import { reachOf } from '../meaning/window.ts'

/** How far before t rows of a view may lie and still count: Infinity where one of its features has no bound. */
export function reachOfView(view: Pick<ViewPlan, 'features' | 'ttl'>): Micros {
  return Math.max(...view.features.map(f => (f.kind === 'aggregate' ? reachOf(f.window) : view.ttl ?? Number.POSITIVE_INFINITY)))
}
