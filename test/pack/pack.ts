// The package: what `npm pack` makes, installed into an empty folder, does what the checkout does: doors, types, workers, examples, commands.
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Findings } from '../chaos/server-process.ts'
import { install, pack, remove, root, run, start, stop } from './installation.ts'

const MEGABYTE = 1 << 20
const LARGEST = 12 * MEGABYTE

const findings = new Findings()
const work = mkdtempSync(join(tmpdir(), 'slipway-pack-'))
const folder = join(work, 'consumer')
const home = join(work, 'home')
const installed = join(folder, 'node_modules', 'slipway')

/** Says what a command printed where it did not do what it should. */
function expectRun(ended: { code: number | null; output: string }, what: string, pattern = /^/): void {
  const holds = ended.code === 0 && pattern.test(ended.output)
  findings.expect(holds, what)
  if (!holds) process.stdout.write(`${ended.output.slice(-3_000)}\n`)
}

async function lookAtTarball(): Promise<string> {
  const { tarball, bytes, files } = await pack(work)
  process.stdout.write(`${(bytes / MEGABYTE).toFixed(1)} MiB, ${files.length} files\n`)
  findings.expect(bytes < LARGEST, `the tarball is smaller than ${LARGEST / MEGABYTE} MiB`)
  const strange = files.filter(f => /^(src|test|bench|scripts|node_modules)\/|\.test\.|fixture|\.map$|tsconfig|^bin\/bootstrap/.test(f))
  findings.expect(strange.length === 0, `no sources, tests or tools are in it${strange.length > 0 ? `: ${strange.slice(0, 5).join(', ')}` : ''}`)
  expectRun(await run(work, process.execPath, [join(root, 'node_modules/publint/src/cli.js'), tarball, '--strict'], {}), 'publint finds nothing', /All good/)
  expectRun(await run(work, process.execPath, [join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js'), tarball, '--profile', 'esm-only']), 'attw finds the types of every door')
  return tarball
}

async function useTypes(): Promise<void> {
  copyFileSync(join(root, 'test/pack/consumer.ts'), join(folder, 'consumer.ts'))
  expectRun(await run(folder, process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.']), 'a TypeScript project uses every door, its types checked without skipLibCheck')
  const said = await run(folder, process.execPath, ['consumer.ts', join(work, 'consumer-home')])
  expectRun(said, 'and runs', /"doors":5,"faults":\["name"\],"recorded":true,"checkpoint":true,"missing":"not_found"/)
}

async function useExamples(): Promise<void> {
  for (const [component, said] of Object.entries({ data: 'equal to the bit', intelligence: 'the same bytes', production: 'Rolled back from', monitoring: 'weekly looks', metadata: 'ledger.log line 2' })) {
    expectRun(await run(folder, process.execPath, [join(installed, 'dist-examples', component, 'main.js')]), `the example of slipway/${component}`, new RegExp(said.replaceAll('.', '\\.')))
  }
}

async function useCommands(): Promise<void> {
  const { version } = JSON.parse((await run(installed, 'cat', ['package.json'])).output) as { version: string }
  const slipway = (...args: string[]): ReturnType<typeof run> => run(folder, 'npx', ['slipway', ...args, '--home', home])
  expectRun(await run(folder, 'npx', ['slipway', '--version']), 'npx slipway --version', new RegExp(`^${version}\\n$`))

  const server = start(folder, 'npx', ['slipway', 'serve', '--port', '0', '--home', home])
  try {
    const [, url] = await server.until(/Slipway is ready at (http:\/\/127\.0\.0\.1:\d+)/)
    const ready = await fetch(`${url}/health/ready`)
    findings.expect(ready.status === 200, 'npx slipway serve, and /health/ready answers 200')
    const page = await fetch(url, { headers: { accept: 'text/html' } })
    const html = await page.text()
    findings.expect(page.status === 200 && /<html/i.test(html), '/ is a page')
    const asset = /(?:src|href)="(\/[^"]+\.(?:js|css))"/.exec(html)
    if (existsSync(join(installed, 'console/dist/index.html'))) findings.expect(asset !== null && (await fetch(url + asset[1])).status === 200, 'and it is the console, with its files')

    const projectFile = join(installed, 'dist-examples/flights/slipway.js')
    expectRun(await slipway('apply', '--project', projectFile), 'apply: the flights project, on-demand code bundled', /recorded as ledger entry/)
    expectRun(await slipway('train', 'late-arrival', '--from', '2013-01-01', '--to', '2013-03-01'), 'train: the training worker starts', /gate passed[\s\S]*approved by policy/)
    expectRun(await slipway('deploy', 'flight-delay'), 'deploy', /recorded as ledger entry/)
    const { example } = await (await fetch(`${url}/api/v1/endpoints/flight-delay`)).json() as { example: object }
    const answer = await fetch(`${url}/api/v1/endpoints/flight-delay/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(example) })
    const { id } = await answer.json() as { id: string }
    findings.expect(answer.status === 200 && id.startsWith('pred_'), `a prediction over HTTP: ${id}`)
    const bytes = readdirSync(join(home, 'journal')).reduce((n, f) => n + statSync(join(home, 'journal', f)).size, 0)
    findings.expect(bytes > 0, `it is in the journal: the writer worker runs (${bytes} bytes)`)
    expectRun(await slipway('replay', id), 'replay', /equal/)
    const token = readFileSync(join(home, 'local.token'), 'utf8').trim()
    await fetch(`${url}/api/v1/features/materialize`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ source: 'departures' }) })
    expectRun(await slipway('features', 'status'), 'online state is kept: the state worker runs', /kept in sqlite, as of position \d/)
  } finally { await stop(server) }
  findings.expect(!existsSync(join(home, 'server.json')), 'SIGTERM stops it cleanly')
  for (const [state, url, line] of [['postgres', 'postgres://127.0.0.1/none', 'npm install pg@8'], ['redis', 'redis://127.0.0.1', 'npm install ioredis@6']]) {
    const { code, output } = await run(folder, 'npx', ['slipway', 'serve', '--port', '0', '--home', home], { SLIPWAY_FEATURES__STATE: state, SLIPWAY_FEATURES__STATE_URL: url })
    findings.expect(code === 2 && output.includes(line), `features.state ${state} without its package: exit code ${code}, and the line that installs it`)
  }
  expectRun(await slipway('verify'), 'the stop sealed the journal, and the home at rest verifies: the segment worker runs', /sealed segments +1\b/)
}

/** Far enough to see that its files, its data and its project are found there; the whole of it is another test. */
async function beginTour(): Promise<void> {
  const tour = start(folder, 'npx', ['slipway', 'start', '--port', '0', '--home', join(work, 'toured')])
  try {
    await tour.until(/Data: \d+ datasets[\s\S]*Gate: passed[\s\S]*Production: .*deployed/)
    findings.expect(true, 'npx slipway start begins the tour: data, gate, release, deployment')
  } finally { await stop(tour) }
}

/** An older Node on this machine: the launcher runs on a newer one of the user's cache, the doors refuse with a code. */
async function useOldNode(): Promise<void> {
  let old: string | undefined
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    const node = join(dir, 'node')
    if (existsSync(node) && /^v(1\d|2[0-3])\./.test((await run(work, node, ['--version'])).output)) { old = node; break }
  }
  if (old === undefined) { process.stdout.write('skip  there is no Node older than 24 in PATH\n'); return }
  // What is fetched already need not be fetched again: the checkout's folder stands in for the cache.
  if (existsSync(join(root, '.node'))) symlinkSync(join(root, '.node'), join(work, 'slipway'))
  expectRun(await run(folder, old, [join(installed, 'bin/slipway.js'), 'config', 'explain'], { XDG_CACHE_HOME: work }), 'under an old Node the launcher finds a newer one', /server\.port/)
  for (const door of ['slipway', 'slipway/data', 'slipway/intelligence', 'slipway/production', 'slipway/monitoring', 'slipway/metadata']) {
    const refused = await run(folder, old, ['--input-type=module', '-e', `import('${door}').catch(e => console.log('code', e.code))`])
    expectRun(refused, `and '${door}' refuses`, /^code runtime_unsupported$/m)
  }
}

try {
  await install(folder, await lookAtTarball())
  await useTypes()
  await useExamples()
  await useCommands()
  await beginTour()
  await useOldNode()
} finally { remove(work) }
findings.end()
