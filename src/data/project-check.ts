import type { ProjectDefinition } from '../core/definition.ts'
import type { Fault } from '../core/errors.ts'
import { checkEndpoints } from './definition/check-endpoints.ts'
import { checkModels, checkServices } from './definition/check-models.ts'
import { checkMonitors } from './definition/check-monitors.ts'
import { checkDatasets, checkEntities, checkSources, checkViews, type Known } from './definition/check-views.ts'
import { Reader } from './definition/reader.ts'
import { compileService } from './compiled-service.ts'
import { buildFeatureContent } from './feature-content.ts'
import { getDatasetHead, type DataContext } from './dataset.ts'
import { checkExampleColumns } from './history/examples.ts'
import { checkSourceColumns } from './source.ts'

/**
 * All faults of a project at once, each with its path (`views[2].features[0].window`) and what to do; none when it can be applied.
 * Takes anything, such as parsed JSON, and never throws.
 */
export function checkProject(value: unknown): Fault[] {
  const faults: Fault[] = []
  const project = Reader.of(value, '', faults)
  if (project === null) return [{ path: '', message: 'The project must be an object; export it by default: export default defineProject({ … })' }]
  project.only('name', 'entities', 'datasets', 'sources', 'views', 'services', 'models', 'endpoints', 'monitors')
  project.name()
  const known: Known = { entities: new Map(), datasets: new Set(), sources: new Map(), views: new Map() }
  checkEntities(project, known)
  checkDatasets(project, known)
  checkSources(project, known)
  checkViews(project, known)
  const services = checkServices(project, known)
  const models = checkModels(project, known, services)
  checkEndpoints(project, known, models)
  checkMonitors(project)
  return faults
}

/**
 * Faults of a checked project against its imported data: columns that sources and examples name, and their types.
 * @throws SlipwayError `not_found` for a dataset that has no version yet.
 */
export async function checkProjectData(context: Pick<DataContext, 'metadata'>, project: ProjectDefinition): Promise<Fault[]> {
  const faults: Fault[] = []
  for (const source of project.sources) faults.push(...checkSourceColumns(source, (await getDatasetHead(context.metadata, source.dataset)).schema))
  for (const model of project.models) {
    const service = project.services.find(s => s.name === model.service)
    if (service === undefined) continue
    const compiled = compileService(buildFeatureContent(service, project, null))
    const { schema } = await getDatasetHead(context.metadata, model.examples.dataset)
    faults.push(...checkExampleColumns(compiled, model.examples, schema).map(f => ({ ...f, path: `models.${model.name}.${f.path}` })))
  }
  return faults
}
