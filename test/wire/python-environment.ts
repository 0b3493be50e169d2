// A Python environment made once for each list of requirements, and kept in the checkout's `.cache`.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startCommand } from '../chaos/server-process.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface PythonEnvironment { python: string; /** A program that one of the packages brought. */ program(name: string): string }

/** Throws with pip's words where it cannot be made: nothing is skipped here. */
export async function pythonEnvironment(name: string, requirements: string): Promise<PythonEnvironment> {
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const venv = join(root, '.cache', `${name}-${digest}`)
  const made: PythonEnvironment = { python: join(venv, 'bin', 'python'), program: program => join(dirname(made.python), program) }
  const complete = join(venv, 'complete')
  if (existsSync(complete)) return made
  process.stdout.write(`making a Python environment: ${name} …\n`)
  rmSync(venv, { recursive: true, force: true })
  mkdirSync(join(root, '.cache'), { recursive: true })
  await run('python3', ['-m', 'venv', venv])
  await run(made.python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements])
  writeFileSync(complete, '')
  return made
}

/** Runs to its end and returns what it said. Throws with that on another exit code than 0. */
export async function run(file: string, args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<string> {
  const p = startCommand(file, args, { cwd: options.cwd ?? root, env: options.env ?? process.env })
  p.child.once('error', error => { process.stderr.write(`${file}: ${error.message}\n`) })
  const code = await p.exited
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}:\n${p.output().slice(-6_000)}`)
  return p.output()
}
