// What a project declares, as documents to register.
import type { ProjectDefinition } from '../../core/definition.ts'
import type { Definition } from '../metadata.ts'

/**
 * Definitions for `Metadata.apply`, of as much of a project as there is. They are taken as they are: `checkProject` checks a whole one.
 * @param bundles On-demand modules as the project names them → the blob digests of their bundles.
 */
export function toDefinitions(project: Partial<ProjectDefinition>, bundles: ReadonlyMap<string, string> = new Map()): Definition[] {
  const of = <T extends { name: string }>(kind: Definition['kind'], list: readonly T[] = [], extend: (item: T) => object = () => ({})): Definition[] =>
    list.map(item => ({ kind, id: item.name, body: { ...item, ...extend(item) } as unknown as Definition['body'] }))
  return [
    ...of('entity', project.entities), ...of('dataset', project.datasets), ...of('source', project.sources), ...of('view', project.views),
    ...of('service', project.services, s => ({ onDemandDigest: s.onDemand === undefined ? null : bundles.get(s.onDemand.module) })),
    ...of('model', project.models), ...of('endpoint', project.endpoints), ...of('monitor', project.monitors),
  ]
}
