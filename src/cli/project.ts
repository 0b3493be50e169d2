// The project file: imported here, sent as data. The server never runs a user's TypeScript.
import { existsSync, statSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ProjectDefinition } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import { bundleOnDemand } from '../data/index.ts'

/** What plan and apply send. */
export interface LoadedProject { project: ProjectDefinition; bundles: Record<string, string>; projectDir: string; file: string }

const NAMES = ['slipway.ts', 'slipway.mts', 'slipway.js', 'slipway.mjs', 'slipway.json']

/**
 * Imports a project file (or slipway.ts of a folder) and bundles the on-demand modules that it names.
 * @throws SlipwayError `not_found` without a file; `invalid_definition` when it does not load, exports nothing, or a bundle fails.
 */
export async function loadProject(path: string, cwd: string): Promise<LoadedProject> {
  const file = findFile(resolve(cwd, path))
  const projectDir = dirname(file)
  const project = await importDefault(file)
  const bundles: Record<string, string> = {}
  // Faults of the definition itself are told by the server, all at once.
  for (const service of Array.isArray(project.services) ? project.services : []) {
    const module = service?.onDemand?.module
    if (typeof module === 'string' && !Object.hasOwn(bundles, module)) bundles[module] = (await bundleOnDemand(resolve(projectDir, module))).code
  }
  return { project, bundles, projectDir, file }
}

function findFile(path: string): string {
  if (!existsSync(path)) throw new SlipwayError('not_found', `There is no ${path}.`, { remedy: 'Name the project file, or its folder, with --project.' })
  if (!statSync(path).isDirectory()) return path
  const name = NAMES.find(n => existsSync(join(path, n)))
  if (name === undefined) throw new SlipwayError('not_found', `There is no ${NAMES[0]} in ${path}.`, { remedy: 'Go to the project\'s folder, or name it with --project.' })
  return join(path, name)
}

async function importDefault(file: string): Promise<ProjectDefinition> {
  const refuse = (message: string, cause?: unknown): SlipwayError => new SlipwayError('invalid_definition', `${file} ${message}`, { cause, faults: [{ path: file, message }] })
  let module: { default?: unknown }
  try {
    module = await import(pathToFileURL(file).href, extname(file) === '.json' ? { with: { type: 'json' } } : undefined) as typeof module
  } catch (cause) { throw refuse(`does not load: ${(cause as Error).message}`, cause) }
  if (typeof module.default !== 'object' || module.default === null) throw refuse('must export the project by default: `export default defineProject({ … })`.')
  try { return JSON.parse(JSON.stringify(module.default)) as ProjectDefinition } catch (cause) { throw refuse(`is not plain data: ${(cause as Error).message}`, cause) }
}
