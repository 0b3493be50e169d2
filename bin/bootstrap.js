#!/usr/bin/env node
// npm start, npm test and the other scripts: gets Node and the packages ready, then runs the command under them.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runAttached } from './child.js'
import { ensureConsole } from './console.js'
import { ensureDependencies } from './dependencies.js'
import { BootstrapError, childEnvironment, ensureNode, isSupported, packageRoot } from './node-runtime.js'

const COMMANDS = { start, test, check, bench, build, run }

const [name, ...rest] = process.argv.slice(2)

async function main() {
  const command = Object.prototype.hasOwnProperty.call(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) throw new BootstrapError(`Use: node bin/bootstrap.js ${Object.keys(COMMANDS).join('|')} [arguments]`)
  const node = await ensureNode()
  await ensureDependencies(node)
  return command(node, rest)
}

/** In this process where its Node will do, so that signals and kill reach the server itself. */
async function start(node, args) {
  await ensureConsole(node, { optional: true })
  const launcher = join(packageRoot, 'bin', 'slipway.js')
  if (!isSupported()) return runAttached(node, [launcher, 'start', ...args], { env: childEnvironment(node), linked: true })
  process.argv.splice(1, process.argv.length, launcher, 'start', ...args)
  await import('./slipway.js')
  return null
}

/** Ends with one line, `N passed, N failed`. */
async function test(node, args) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-test-'))
  const file = join(folder, 'result.json')
  try {
    const code = await tool(node, 'vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...args])
    const { passed, failed } = countTests(file, code)
    const line = `${passed} passed, ${failed} failed\n`
    mkdirSync(join(packageRoot, 'node_modules', '.cache'), { recursive: true })
    writeFileSync(join(packageRoot, 'node_modules', '.cache', 'slipway-tests.txt'), line)
    process.stdout.write(line)
    return code === 0 && failed > 0 ? 1 : code
  } finally { rmSync(folder, { recursive: true, force: true }) }
}

/** A file that could not be loaded counts as one failure, and so does an end that no test explains. */
function countTests(file, code) {
  if (!existsSync(file)) return { passed: 0, failed: 1 }
  const result = JSON.parse(readFileSync(file, 'utf8'))
  const unloaded = result.testResults.filter(f => f.status === 'failed' && f.assertionResults.every(t => t.status !== 'failed')).length
  const failed = result.numFailedTests + unloaded
  return { passed: result.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed }
}

/** Types, lint, dead code, directions: all of them, also when one finds something. */
async function check(node) {
  const steps = [
    ['types', () => tool(node, 'typescript', ['-p', '.'], 'tsc')],
    ['types of the console', () => tool(node, 'typescript', ['-p', 'console'], 'tsc')],
    ['types of its test', () => tool(node, 'typescript', ['-p', join('test', 'browser')], 'tsc')],
    ['console', () => ensureConsole(node).then(() => 0, error => { process.stdout.write(`${error.message}\n`); return 1 })],
    ['lint', () => tool(node, 'oxlint', [])],
    ['dead code', () => tool(node, 'knip', [])],
    ['directions', () => runAttached(node, ['scripts/house-check.mjs', '.', 'src', '--rules', 'scripts/house-rules.json', '--compact'], { cwd: packageRoot, env: childEnvironment(node) })],
  ]
  const failed = []
  for (const [title, step] of steps) {
    process.stdout.write(`\n${title}\n`)
    if (await step() !== 0) failed.push(title)
  }
  process.stdout.write(failed.length === 0 ? `\ncheck: ${steps.map(s => s[0]).join(', ')}: all sound\n` : `\ncheck: faults in ${failed.join(', ')}\n`)
  return failed.length === 0 ? 0 : 1
}

function bench(node, args) { return run(node, [join('bench', 'run.ts'), ...args]) }

/** A program of this repository, in TypeScript. */
function run(node, args) {
  return runAttached(node, ['--conditions=source', '--disable-warning=ExperimentalWarning', ...args], { cwd: packageRoot, env: childEnvironment(node) })
}

/** What a package holds in place of sources: dist from src, dist-examples from examples (Node runs no TypeScript under node_modules). */
async function build(node) {
  await ensureConsole(node)
  for (const folder of ['dist', 'dist-examples']) rmSync(join(packageRoot, folder), { recursive: true, force: true })
  const code = await tool(node, 'typescript', ['-p', join('bin', 'tsconfig.build.json')], 'tsc')
  if (code !== 0) return code
  // Their data and their TypeScript too: on-demand modules are bundled from it, and it is what people read.
  cpSync(join(packageRoot, 'examples'), join(packageRoot, 'dist-examples'), { recursive: true })
  return tool(node, 'typescript', ['-p', join('bin', 'tsconfig.examples.json')], 'tsc')
}

/** Runs a package's own command with the given Node, whatever the shell thinks of shebangs. */
function tool(node, name, args, bin = name) {
  const manifest = join(packageRoot, 'node_modules', name, 'package.json')
  const bins = JSON.parse(readFileSync(manifest, 'utf8')).bin
  return runAttached(node, [join(dirname(manifest), typeof bins === 'string' ? bins : bins[bin]), ...args], { cwd: packageRoot, env: childEnvironment(node) })
}

main().then(
  code => { if (code !== null) process.exitCode = code },
  error => {
    process.stderr.write(`${error instanceof BootstrapError ? error.message : error.stack}\n`)
    process.exitCode = 1
  },
)
