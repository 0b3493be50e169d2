// The package as its users get it: packed, and installed into an empty folder by npm.
import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startCommand, type ServerProcess } from '../chaos/server-process.ts'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** The user's own npm settings, this Node first in PATH, and nothing of an npm that may run us. */
const environment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))),
  PATH: dirname(process.execPath) + delimiter + (process.env.PATH ?? ''), NO_COLOR: '1',
}

export interface Ended { code: number | null; output: string }

export async function run(cwd: string, file: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const p = start(cwd, file, args, env)
  return { code: await p.exited, output: p.output() }
}

/** At the head of a process group of its own: npx does not hand every signal on. */
export function start(cwd: string, file: string, args: string[], env: NodeJS.ProcessEnv = {}): ServerProcess {
  return startCommand(file, args, { cwd, env: { ...environment, ...env }, detached: true })
}

/** What `npm pack` makes of this checkout. */
export async function pack(into: string): Promise<{ tarball: string; bytes: number; files: string[] }> {
  const packed = await run(root, 'npm', ['pack', '--pack-destination', into])
  const name = readdirSync(into).find(f => f.endsWith('.tgz'))
  if (packed.code !== 0 || name === undefined) throw new Error(`npm pack ended with ${packed.code}:\n${packed.output}`)
  const tarball = join(into, name)
  const list = await run(into, 'tar', ['tzf', tarball])
  return { tarball, bytes: statSync(tarball).size, files: list.output.trim().split('\n').map(f => f.replace(/^package\//, '')) }
}

/** An empty project with the package in it. The types of Node come from this checkout: they are the consumer's own business. */
export async function install(folder: string, tarball: string): Promise<void> {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
    compilerOptions: { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, skipLibCheck: false, types: ['node'] }, include: ['*.ts'],
  }))
  const installed = await run(folder, 'npm', ['install', '--no-audit', '--no-fund', tarball])
  if (installed.code !== 0) throw new Error(`npm install ended with ${installed.code}:\n${installed.output}`)
  mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true })
  const types = join(folder, 'node_modules', '@types', 'node')
  // A dependency may have brought others.
  rmSync(types, { recursive: true, force: true })
  symlinkSync(join(root, 'node_modules', '@types', 'node'), types)
}

/** Signals the whole group, and waits for its head. */
export async function stop(p: ServerProcess): Promise<number | null> {
  if (p.child.exitCode === null && p.child.pid !== undefined) process.kill(-p.child.pid, 'SIGTERM')
  return p.exited
}

export function remove(folder: string): void { rmSync(folder, { recursive: true, force: true }) }
