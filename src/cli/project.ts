// The project file: imported here, sent as data. The server never runs a user's TypeScript.
import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ProjectDefinition } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import { bundleOnDemand } from '../data/index.ts'

/** What plan and apply send. */
export interface LoadedProject { project: ProjectDefinition; bundles: Record<string, string>; projectDir: string; file: string }

/** A project's main file, in the order in which a folder is searched. */
export const PROJECT_FILES = ['slipway.ts', 'slipway.mts', 'slipway.js', 'slipway.mjs', 'slipway.yaml', 'slipway.yml', 'slipway.json']

/**
 * Reads a project file, TypeScript, JavaScript, YAML or JSON (or slipway.ts or .yaml of a folder), and bundles the on-demand modules that it names.
 * @throws SlipwayError `not_found` without a file; `invalid_definition` when it does not load, exports nothing, or a bundle fails.
 */
export async function loadProject(path: string, cwd: string): Promise<LoadedProject> {
  const file = findFile(resolve(cwd, path))
  const projectDir = dirname(file)
  const project = isYaml(file) ? await readYaml(file) : await importDefault(file)
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
  const name = PROJECT_FILES.find(n => existsSync(join(path, n)))
  if (name === undefined) throw new SlipwayError('not_found', `There is no ${PROJECT_FILES[0]} or slipway.yaml in ${path}.`, { remedy: 'Go to the project\'s folder, or name it with --project.' })
  return join(path, name)
}

function isYaml(file: string): boolean { return ['.yaml', '.yml'].includes(extname(file).toLowerCase()) }

/** YAML 1.2: a key given twice, an anchor that is not there and a tag that is not of the core are refused, each with its line. */
async function readYaml(file: string): Promise<ProjectDefinition> {
  const { LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(await readFile(file, 'utf8'), { lineCounter: lines, prettyErrors: false })
  const faults = [...document.errors, ...document.warnings].map(e => ({ path: `${file}:${lines.linePos(e.pos[0]).line}`, message: e.message }))
  if (faults.length > 0) throw new SlipwayError('invalid_definition', `${file} is no YAML that can be read: ${faults.map(f => `line ${f.path.slice(file.length + 1)}: ${f.message}`).join('; ')}`, { faults })
  let project: unknown
  // Anchors that multiply each other are refused here.
  try { project = document.toJS({ maxAliasCount: 1_000 }) } catch (cause) { throw new SlipwayError('invalid_definition', `${file} is no YAML that can be read: ${(cause as Error).message}`, { cause, faults: [{ path: file, message: (cause as Error).message }] }) }
  if (typeof project !== 'object' || project === null || Array.isArray(project)) throw new SlipwayError('invalid_definition', `${file} must hold the project: name, entities, datasets and so on, as \`key: value\` lines.`, { faults: [{ path: file, message: 'must be a mapping' }] })
  return project as ProjectDefinition
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
