import type { EndpointDefinition, ModelDefinition } from '../../core/definition.ts'
import type { GateRecord } from '../../core/ports/registry.ts'
import type { Micros } from '../../core/time.ts'
import type { Platform } from '../../platform.ts'

/** A candidate that passed its gate and waits for a person. */
export interface PendingApproval {
  model: string
  version: number
  contentDigest: string
  /** When its gate passed. */
  since: Micros
  gate: GateRecord
  /** Who trained it, with what. */
  run: { id: string; actor: string; learner: string; trainingSet: string }
  fourEyes: boolean
  /** Endpoints that serve this model, and what answers there now. */
  endpoints: { name: string; release: string | null }[]
}

/** Those of a model that asks a person, undecided, and not overtaken by a newer version that was approved. */
export async function listPending({ metadata, intelligence, production }: Platform): Promise<PendingApproval[]> {
  const endpoints = (await metadata.list<EndpointDefinition & Record<string, never>>('endpoint')).map(d => d.body as EndpointDefinition)
  const found: PendingApproval[] = []
  for (const { body } of await metadata.list('model')) {
    const { name, evaluation: { approval } } = body as unknown as ModelDefinition
    if (!('role' in approval)) continue
    for (const v of await intelligence.listVersions(name)) {
      if (v.approval?.approved === true) break
      if (v.gate?.passed !== true || v.approval !== null) continue
      const { actor } = await intelligence.getRun(v.run)
      found.push({
        model: name, version: v.version, contentDigest: v.contentDigest, since: v.gate.at, gate: v.gate, fourEyes: approval.fourEyes === true,
        run: { id: v.run, actor, learner: v.lineage.learner, trainingSet: v.lineage.trainingSet },
        endpoints: await Promise.all(endpoints.filter(e => e.model === name).map(async e => ({ name: e.name, release: (await production.getDeployment(e.name))?.revisions.at(-1)?.routes.find(r => r.role === 'champion')?.release ?? null }))),
      })
    }
  }
  return found.sort((a, b) => b.since - a.since)
}
