// Files of the project: written once, and never over what somebody has edited.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'
import { PROJECT_FILES } from '../project.ts'
import type { Choices } from './choices.ts'
import { onDemandText } from './on-demand-text.ts'
import { projectText } from './project-text.ts'
import { readmeText } from './readme-text.ts'

export interface ProjectFile { path: string; text: string }
export interface WrittenFile { path: string; state: 'written' | 'as before' | 'kept' | 'extended' }

/** Where the record of the cleaning lies. */
export function recordPath(name: string): string { return `data/${name}.cleaning.json` }
export function dataPath(name: string): string { return `data/${name}.parquet` }

/** The files that tell people and programs what the project is; the data and its record come by themselves. */
export function projectFiles(dir: string, choices: Choices, sample: string): ProjectFile[] {
  const onDemand = onDemandText(choices)
  const main = mainFile(dir)
  return [
    { path: main.path, text: projectText(choices) },
    ...onDemand === null ? [] : [{ path: 'on-demand.ts', text: onDemand }],
    { path: 'README.md', text: readmeText(choices, sample) },
    { path: '.gitignore', text: '.slipway/\nnode_modules/\n' },
    ...main.needsPackage ? [{ path: 'package.json', text: `${JSON.stringify({ name: choices.name, private: true, type: 'module' }, null, 2)}\n` }] : [],
  ]
}

/** TypeScript modules are told apart from scripts by the nearest package.json; without one, the project gets its own. */
function mainFile(dir: string): { path: string; needsPackage: boolean } {
  for (let folder = dir; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file)) {
      let type: unknown
      try { type = (JSON.parse(readFileSync(file, 'utf8')) as { type?: unknown }).type } catch { type = undefined }
      return { path: type === 'module' || existsSync(join(dir, 'slipway.ts')) ? 'slipway.ts' : 'slipway.mts', needsPackage: false }
    }
    if (folder === dirname(folder)) return { path: 'slipway.ts', needsPackage: true }
  }
}

/** @throws SlipwayError `conflict` when the folder has a project that `init` did not make under this name. */
export function assertOwnFolder(dir: string, name: string, force: boolean): void {
  const main = PROJECT_FILES.find(f => existsSync(join(dir, f)))
  if (main === undefined || force || existsSync(join(dir, recordPath(name)))) return
  throw new SlipwayError('conflict', `${join(dir, main)} is there already, and is not the project ${name} of \`slipway init\`.`, { remedy: 'Choose another folder with --project DIR, or let it be replaced with --force.' })
}

/** Writes what is not there. What differs is kept, as somebody has edited it, unless `force` replaces it. */
export function writeProject(dir: string, files: readonly ProjectFile[], force: boolean): WrittenFile[] {
  return files.map(({ path, text }) => {
    const file = join(dir, path)
    const before = read(file)
    if (before === text) return { path, state: 'as before' }
    if (path === '.gitignore' && before !== null) return extend(file, path, before, text)
    // Somebody else's: other things are in them than ours.
    if (before !== null && (!force || path === 'package.json' || (path === 'README.md' && !before.includes('`slipway init`')))) return { path, state: 'kept' }
    try {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    } catch (cause) { throw new SlipwayError('invalid_request', `${file} cannot be written: ${(cause as Error).message}`, { cause, remedy: 'Choose a folder that you may write to with --project DIR.' }) }
    return { path, state: 'written' }
  })
}

function extend(file: string, path: string, before: string, text: string): WrittenFile {
  const lines = before.split(/\r?\n/)
  const lacking = text.split('\n').filter(line => line !== '' && !lines.includes(line) && !lines.includes(line.replace(/\/$/, '')))
  if (lacking.length === 0) return { path, state: 'as before' }
  writeFileSync(file, `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${lacking.join('\n')}\n`)
  return { path, state: 'extended' }
}

function read(file: string): string | null { return existsSync(file) ? readFileSync(file, 'utf8') : null }
