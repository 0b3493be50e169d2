import type { Actor } from '../core/actor.ts'

/** Who evaluates monitors. */
export const MONITORING: Actor = { kind: 'system', name: 'monitoring' }
