// Installs what package-lock.json names, when it is not what node_modules holds.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runQuietly } from './child.js'
import { withLock } from './lock.js'
import { announce, BootstrapError, cacheFolder, findNpm, lastLines, npmEnvironment, packageRoot } from './node-runtime.js'

const lockfile = join(packageRoot, 'package-lock.json')
const modules = join(packageRoot, 'node_modules')
const stamp = join(modules, '.slipway-installed')

/** Runs `npm ci` under `node` when something is missing or has another version. Quick when nothing is. */
export async function ensureDependencies(node) {
  const wanted = readFileSync(lockfile, 'utf8')
  const mark = `${createHash('sha256').update(wanted).digest('hex')} ${process.platform}-${process.arch}\n`
  if (isInstalled(wanted, mark)) return
  mkdirSync(cacheFolder(), { recursive: true })
  await withLock(join(cacheFolder(), 'install.lock'), 'Another command installs the packages; waiting for it …', async () => {
    if (isInstalled(wanted, mark)) return
    const npm = findNpm()
    if (npm === null) throw new BootstrapError('The packages are not installed, and npm was not found. Install npm, or run `npm ci` here, and try again.')
    const count = Object.keys(JSON.parse(wanted).packages).length - 1
    announce(`Installing up to ${count} packages as package-lock.json pins them (npm ci) …`)
    const { code, output } = await runQuietly(node, [npm, 'ci', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts', '--include=dev', '--include=optional'], { cwd: packageRoot, env: npmEnvironment(node) })
    if (code !== 0) throw new BootstrapError(`The packages could not be installed: npm ci ended with ${code}.\n${lastLines(output, 30)}\nCheck the network and npm's registry setting, then run the same command again.`)
    writeFileSync(stamp, mark)
  })
}

function isInstalled(wanted, mark) {
  if (!existsSync(modules)) return false
  try { if (readFileSync(stamp, 'utf8') === mark) return true } catch { /* not installed by us */ }
  let present
  try { present = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')).packages } catch { return false }
  for (const [path, entry] of Object.entries(JSON.parse(wanted).packages)) {
    if (path === '') continue
    const installed = present[path]
    // What is optional may belong to another platform.
    if (installed === undefined) { if (entry.optional || entry.devOptional || entry.peer) continue; return false }
    if (installed.version !== entry.version) return false
    if (entry.integrity && installed.integrity && installed.integrity !== entry.integrity) return false
    if (!existsSync(join(packageRoot, path))) return false
  }
  try { writeFileSync(stamp, mark) } catch { /* a read-only checkout */ }
  return true
}
