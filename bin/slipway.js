#!/usr/bin/env node
// The launcher of the command line: finds a Node.js that is new enough, then runs the CLI in it.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { runAttached } from './child.js'
import { ensureDependencies } from './dependencies.js'
import { BootstrapError, cacheFolder, childEnvironment, ensureNode, isCheckout, isSupported, packageRoot } from './node-runtime.js'

async function launch() {
  const node = await ensureNode()
  if (isCheckout()) await ensureDependencies(node)
  if (!isSupported()) {
    process.exitCode = await runAttached(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { env: childEnvironment(node), linked: true })
    return
  }
  followLauncher()
  quietWarnings()
  await resolveOwnName()
  const built = join(packageRoot, 'dist', 'cli', 'index.js')
  const door = isCheckout() ? join(packageRoot, 'src', 'cli', 'index.ts') : built
  if (!existsSync(door)) throw new BootstrapError(`${door} is missing: install the package again.`)
  const { main } = await import(pathToFileURL(door).href)
  process.exitCode = await main(process.argv.slice(2))
}

/** A launcher that was killed takes its server with it: nobody could stop that one any more. */
function followLauncher() {
  if (process.channel === undefined || process.channel === null) return
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel.unref()
}

/** node:sqlite and type stripping are experimental in name on Node 24; nobody who uses Slipway can act on that. */
function quietWarnings() {
  const emit = process.emitWarning
  process.emitWarning = (warning, ...rest) => {
    const [options] = rest
    const type = typeof options === 'string' ? options : options?.type
    const code = typeof options === 'object' ? options?.code : rest[1]
    if (type === 'ExperimentalWarning' || warning?.name === 'ExperimentalWarning' || code === 'MODULE_TYPELESS_PACKAGE_JSON') return
    emit.call(process, warning, ...rest)
  }
}

/** `import 'slipway'` in a project file means this very package, wherever the file lies; a checkout answers from its sources. */
async function resolveOwnName() {
  const { enableCompileCache, registerHooks } = await import('node:module')
  try { enableCompileCache(join(cacheFolder(), 'compiled')) } catch { /* only slower */ }
  const conditions = isCheckout() ? ['source'] : []
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== 'slipway' && !specifier.startsWith('slipway/')) return next(specifier, context)
      return next(specifier, { ...context, parentURL: import.meta.url, conditions: [...conditions, ...context.conditions] })
    },
  })
}

// A promise that nobody keeps, as `await new Promise(() => {})` in a project file: Node would end with 0 and say nothing.
let ended = false
process.once('beforeExit', () => {
  if (ended) return
  process.exitCode = 1
  process.stderr.write('✗ It ended before it was done: something that it waits for can never come.\n→ Look for an `await` without end in the project file.\n')
})

launch().finally(() => { ended = true }).catch(error => {
  process.stderr.write(`${error instanceof BootstrapError ? error.message : error.stack}\n`)
  process.exitCode = 1
})
