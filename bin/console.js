// Builds the console when its inputs have changed: Vite makes console/dist, every file of it is compressed once, here and not per request.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { runQuietly } from './child.js'
import { withLock } from './lock.js'
import { announce, BootstrapError, cacheFolder, childEnvironment, lastLines, packageRoot } from './node-runtime.js'

const source = join(packageRoot, 'console')
const target = join(source, 'dist')
const stamp = join(target, '.built')

/** What `/` needs before anything is seen: markup, script and style, as gzip. */
const FIRST_LOAD_LIMIT = 120_000

/** Quick when nothing has changed. A build that fails is said, and with `optional` it stops nobody: the server shows how to repeat it. */
export async function ensureConsole(node, { optional = false } = {}) {
  if (!existsSync(join(source, 'index.html'))) return
  const mark = inputDigest()
  if (isBuilt(mark)) return
  mkdirSync(cacheFolder(), { recursive: true })
  try {
    await withLock(join(cacheFolder(), 'console.lock'), 'Another command builds the console; waiting for it …', async () => {
      if (!isBuilt(mark)) await build(node, mark)
    })
  } catch (error) {
    if (!optional) throw error
    announce(error.message)
  }
}

function isBuilt(mark) {
  try { return readFileSync(stamp, 'utf8') === mark } catch { return false }
}

/** Into a folder beside it, so that a server never sees half of it. */
async function build(node, mark) {
  const next = join(source, `dist.${process.pid}.tmp`)
  try {
    const { code, output } = await runQuietly(node, [join(packageRoot, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', source, '--outDir', next, '--emptyOutDir', '--logLevel', 'warn'], { cwd: packageRoot, env: childEnvironment(node) })
    if (code !== 0) throw new BootstrapError(`The console could not be built: vite ended with ${code}.\n${lastLines(output, 30)}`)
    for (const path of listFiles(next)) compress(path)
    const first = measureFirstLoad(next)
    if (first.bytes > FIRST_LOAD_LIMIT) throw new BootstrapError(`The console's first load has ${first.bytes} bytes as gzip, and ${FIRST_LOAD_LIMIT} is the limit:\n${first.files.map(f => `  ${f.bytes} ${f.name}`).join('\n')}`)
    writeFileSync(join(next, '.built'), mark)
    rmSync(target, { recursive: true, force: true })
    renameSync(next, target)
  } finally { rmSync(next, { recursive: true, force: true }) }
}

function compress(path) {
  if (!/\.(?:html|js|css|svg)$/.test(path)) return
  const bytes = readFileSync(path)
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }))
}

/** The page, every file that its markup names, and what the first route's page needs on top. */
export function measureFirstLoad(folder = target) {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
  const names = new Set(['index.html'])
  const markup = readFileSync(join(folder, 'index.html'), 'utf8')
  for (const [, name] of markup.matchAll(/(?:src|href)="\/([^"]+)"/g)) names.add(name)
  const seen = new Set()
  const take = key => {
    const chunk = manifest[key]
    if (chunk === undefined || seen.has(key)) return
    seen.add(key)
    names.add(chunk.file)
    for (const name of chunk.css ?? []) names.add(name)
    for (const other of chunk.imports ?? []) take(other)
  }
  take('index.html')
  take('src/pages/overview.tsx')
  const files = [...names].filter(name => /\.(?:html|js|css)$/.test(name)).map(name => ({ name, bytes: readFileSync(join(folder, `${name}.gz`)).length }))
  return { bytes: files.reduce((sum, f) => sum + f.bytes, 0), files }
}

/** Of everything that goes into it: its sources, and the packages by the lock file. */
function inputDigest() {
  const hash = createHash('sha256').update('1')
  for (const path of [join(packageRoot, 'package-lock.json'), ...listFiles(source)]) {
    hash.update(`\0${relative(packageRoot, path)}\0`).update(readFileSync(path))
  }
  return hash.digest('hex')
}

function listFiles(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => !/^dist(?:\.|$)/.test(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(entry => (entry.isDirectory() ? listFiles(join(folder, entry.name)) : [join(folder, entry.name)]))
}
