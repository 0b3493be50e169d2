import type { Platform } from '../../platform.ts'

/** A model as the repository extension lists it; what is not READY says why in `reason`. */
export interface IndexedModel { name: string; version: string; state: 'READY' | 'LOADING' | 'UNAVAILABLE'; reason: string }

/** Every model with its state; with `ready` only those that answer. */
export async function indexModels({ production }: Platform, ready: boolean): Promise<IndexedModel[]> {
  const all = (await production.modelStates()).map(({ endpoint, release, state, reason }): IndexedModel => ({ name: endpoint, version: release === null ? '' : String(release), state, reason }))
  return ready ? all.filter(m => m.state === 'READY') : all
}
