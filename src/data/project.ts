// A project applied: the definitions as documents, the data files as dataset versions, the on-demand code as blobs.
import type { Actor } from '../core/actor.ts'
import type { ProjectDefinition } from '../core/definition.ts'
import { SlipwayError, type Fault } from '../core/errors.ts'
import { toDefinitions, type Difference, type Metadata } from '../metadata/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { FeatureStore } from './feature-store.ts'
import { checkProjectData } from './project-check.ts'

export interface ProjectRequest {
  /** A project as data, checked here: it may come from anywhere. */
  project: unknown
  /** On-demand modules as the project names them → their bundles (`bundleOnDemand`). */
  bundles: Record<string, string>
  /** Where the files of its datasets lie. */
  projectDir: string
  actor: Actor
  dryRun?: boolean
}

export interface ProjectChange {
  differences: Difference[]
  /** Index of the ledger entry; null when nothing differed, or in a dry run. */
  ledger: number | null
  imported: { name: string; version: string; rows: number; changed: boolean }[]
}

/**
 * Registers what differs between a project and what is registered, and imports its data; with `dryRun` it only says what would change.
 * @throws SlipwayError `invalid_definition` with every fault at once.
 */
export async function applyProject({ metadata, data, blobs }: { metadata: Metadata; data: FeatureStore; blobs: BlobStore }, request: ProjectRequest): Promise<ProjectChange> {
  const faults = data.checkProject(request.project)
  if (faults.length > 0) throw invalidProject(faults)
  const project = request.project as ProjectDefinition
  const digests = new Map<string, string>()
  for (const [index, { onDemand }] of project.services.entries()) {
    if (onDemand === undefined) continue
    const code = request.bundles[onDemand.module]
    if (code === undefined) throw new SlipwayError('invalid_definition', `services[${index}].onDemand.module ${onDemand.module} came without its bundle.`, { faults: [{ path: `services[${index}].onDemand.module`, message: 'has no bundle' }] })
    // A dry run leaves nothing behind but the bytes of a bundle, which nobody refers to.
    digests.set(onDemand.module, await blobs.put(new TextEncoder().encode(code)))
  }
  const definitions = toDefinitions(project, digests)
  if (request.dryRun) return { differences: await metadata.plan(definitions, project.name), ledger: null, imported: [] }
  const imported: ProjectChange['imported'] = []
  for (const dataset of project.datasets) {
    const { version, rows, changed } = await data.importDataset(dataset, request.projectDir, request.actor)
    imported.push({ name: dataset.name, version, rows, changed })
  }
  const mismatches = await checkProjectData({ metadata }, project)
  if (mismatches.length > 0) throw invalidProject(mismatches)
  return { ...await metadata.apply(request.actor, project.name, definitions), imported }
}

function invalidProject(faults: Fault[]): SlipwayError {
  return new SlipwayError('invalid_definition', `The project has ${faults.length} fault${faults.length > 1 ? 's' : ''}: ${faults.map(f => `${f.path} ${f.message}`).join('; ')}`, { faults })
}
