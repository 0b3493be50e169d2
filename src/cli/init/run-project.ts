// From the project's files to a model that answers: each step through the same routes as any other command, and only those that are not done yet.
import { canonicalize, type Json } from '../../core/canonical.ts'
import type { EndpointDefinition, ModelDefinition, ProjectDefinition, ServiceDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { ModelVersion } from '../../core/ports/registry.ts'
import { formatTime } from '../../core/time.ts'
import type { Approval, Gate, Run } from '../../intelligence/index.ts'
import type { ProjectChange } from '../../data/index.ts'
import type { DeploymentChange, Release } from '../../production/index.ts'
import type { Connection } from '../connection.ts'
import { followTraining } from '../follow-training.ts'
import type { LoadedProject } from '../project.ts'
import type { Split } from '../../data/index.ts'

export interface ProjectRun {
  project: { name: string; model: string; endpoint: string }
  change: ProjectChange
  /** What an earlier run of the command had done already. */
  resumed: boolean
  run: Run
  version: ModelVersion
  gate: Gate
  approval: Approval | null
  release: Release | null
  deployment: DeploymentChange | null
}

interface Parts { model: ModelDefinition; endpoint: EndpointDefinition; service: ServiceDefinition }

/** The model that init made, with what belongs to it. @throws SlipwayError `invalid_definition` when an edited project has none. */
export function partsOf(project: ProjectDefinition, name: string): Parts {
  const model = project.models?.find(m => m.name === name) ?? project.models?.[0]
  const endpoint = project.endpoints?.find(e => e.model === model?.name)
  const service = project.services?.find(s => s.name === model?.service)
  if (model === undefined || endpoint === undefined || service === undefined) throw new SlipwayError('invalid_definition', 'The project has no model with a service and an endpoint any more.', { remedy: 'Put them back, or write the project anew with --force.' })
  return { model, endpoint, service }
}

/** Applies, trains, judges, approves, releases and deploys. What the gate refuses stays undeployed, and is returned as such. */
export async function runProject(connection: Connection, { project, bundles, projectDir }: LoadedProject, name: string, split: Split, labelsKnownBy: number | null, show: (line: string) => void): Promise<ProjectRun> {
  const { model, endpoint } = partsOf(project, name)
  const path = `/api/v1/models/${encodeURIComponent(model.name)}`
  show('importing the table …')
  const change = await connection.call<ProjectChange>('POST', '/api/v1/project/apply', { project, bundles, projectDir })
  const before = change.differences.some(d => d.kind === 'model' || d.kind === 'service') ? null : await findTrained(connection, model, change)
  const range = { from: formatTime(split.from), to: formatTime(split.to), ...labelsKnownBy === null ? {} : { labelsKnownBy: formatTime(Math.max(labelsKnownBy, split.to)) } }
  const { run, version } = before ?? await followTraining(connection, model.name, range, show)
  show('judging …')
  const gate = version.gate as Gate | null ?? await connection.call<Gate>('POST', `${path}/gate`, { version: version.version })
  const byPolicy = 'policy' in model.evaluation.approval
  const approval = version.approval as Approval | null ?? (gate.passed && byPolicy ? await connection.call<Approval>('POST', `${path}/approvals`, { version: version.version, policy: true }) : null)
  const made = { project: { name: project.name, model: model.name, endpoint: endpoint.name }, change, resumed: before !== null, run, version, gate, approval }
  if (!gate.passed || approval?.approved !== true) return { ...made, release: null, deployment: null }
  show('releasing …')
  const { releases } = await connection.call<{ releases: Release[] }>('GET', `/api/v1/releases?endpoint=${encodeURIComponent(endpoint.name)}`)
  const release = releases.findLast(r => r.modelVersion === version.version) ?? (await connection.call<{ release: Release }>('POST', '/api/v1/releases', { endpoint: endpoint.name, version: version.version })).release
  const deployment = await connection.call<DeploymentChange>('POST', `/api/v1/deployments/${encodeURIComponent(endpoint.name)}/deploy?dryRun=true`, { release: release.number })
  const deployed = deployment.from?.release === release.id ? deployment : await connection.call<DeploymentChange>('POST', `/api/v1/deployments/${encodeURIComponent(endpoint.name)}/deploy`, { release: release.number })
  return { ...made, release, deployment: deployed }
}

/** The newest version, when it was trained from this table by this definition. */
async function findTrained(connection: Connection, model: ModelDefinition, change: ProjectChange): Promise<{ run: Run; version: ModelVersion } | null> {
  const { versions } = await connection.call<{ versions: ModelVersion[] }>('GET', `/api/v1/models/${encodeURIComponent(model.name)}/versions`)
  const [version] = versions
  if (version === undefined) return null
  const run = await connection.call<Run>('GET', `/api/v1/runs/${encodeURIComponent(version.run)}`)
  const same = (a: unknown, b: unknown): boolean => canonicalize(a as Json) === canonicalize(b as Json)
  const heads = change.imported.map(d => d.version)
  const made = run.data !== null && run.data.parents.every(p => heads.includes(p)) && same(run.learner, model.learner) && same(run.policy, model.evaluation) && run.seed === (model.seed ?? 0)
  return made ? { run, version } : null
}
