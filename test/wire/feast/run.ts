// Feast's stock Python client against Slipway, and the same questions to a real Feast server over the same data, so that each expectation is known to be Feast's.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Findings, startCommand, startProcess, type ServerProcess } from '../../chaos/server-process.ts'
import { feastEnvironment, run } from './environment.ts'
import { startFeast, writeClientStore, writeServerStore } from './feast-server.ts'

const here = fileURLToPath(new URL('./', import.meta.url))
const flights = fileURLToPath(new URL('../../../examples/flights/data', import.meta.url))
const findings = new Findings()
const environment = await feastEnvironment()
const work = mkdtempSync(join(tmpdir(), 'slipway-feast-'))
const folder = (name: string): string => { const path = join(work, name); mkdirSync(path, { recursive: true }); return path }

/** Parquet files that end now: a ttl is applied by the clock. */
async function makeData(dir: string): Promise<string> {
  const now = `${new Date().toISOString().slice(0, 19)}+00:00`
  await run(environment.python, [join(here, 'make_data.py'), flights, dir, now])
  return now
}

async function check(target: 'slipway' | 'feast', url: string, dirs: { client: string; bare: string; data: string }, now: string, env: Record<string, string>): Promise<void> {
  const p = startCommand(environment.python, [join(here, 'checks.py'), target, url, dirs.client, dirs.bare, now], { cwd: work, env: { ...process.env, DATA: dirs.data, PYTHONPATH: dirname(here), ...env } })
  const code = await p.exited
  process.stdout.write(`${p.output()}\n`)
  findings.expect(code === 0, `${target}: every answer is as stated`)
}

async function feast(): Promise<void> {
  process.stdout.write('\n== Feast itself\n')
  const [data, repo, client, bare] = [folder('feast/data'), folder('feast/server'), folder('feast/client'), folder('feast/bare')]
  const now = await makeData(data)
  const definitions = readFileSync(join(here, 'feast_repo.py'), 'utf8').replace('@DATA@', data)
  for (const dir of [repo, client]) writeFileSync(join(dir, 'features.py'), definitions)
  writeServerStore(repo)
  await run(environment.feast, ['apply'], { cwd: repo })
  const server = await startFeast(environment, repo)
  try {
    writeClientStore(client, server.url)
    writeClientStore(bare, server.url)
    await run(environment.feast, ['apply', '--skip-source-validation'], { cwd: client })
    await check('feast', server.url, { client, bare, data }, now, {})
  } finally { await server.stop() }
}

async function slipway(): Promise<void> {
  process.stdout.write('\n== Slipway\n')
  const [project, home, client, bare] = [folder('slipway/project'), join(work, 'slipway/home'), folder('slipway/client'), folder('slipway/bare')]
  cpSync(join(here, 'project'), project, { recursive: true })
  const now = await makeData(project)
  const cli = (...args: string[]): Promise<string> => run(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', 'bin/slipway.js', ...args, '--home', home])
  await cli('apply', '--project', project)
  let server = await serve(home)
  try {
    await cli('export', 'feast', '--out', client)
    const exported = readFileSync(join(client, 'feature_store.yaml'), 'utf8')
    findings.expect(exported.includes(`path: ${server.url}`), 'the exported repository points at the server that runs')
    // Repeats of what Feast fails at cost seconds; one is enough to see that they happen.
    writeFileSync(join(client, 'feature_store.yaml'), exported.replace(/( {2}path: .*)/, '$1\n  connection_retries: 1'))
    const env = { SLIPWAY_TOKEN: readFileSync(join(home, 'local.token'), 'utf8').trim() }
    const applied = await run(environment.feast, ['apply', '--skip-source-validation'], { cwd: client, env: { ...process.env, ...env } })
    findings.expect(applied.includes('Deploying infrastructure for account_state'), 'feast apply takes the exported repository')
    writeClientStore(bare, server.url)
    await check('slipway', server.url, { client, bare, data: project }, now, env)
    const body = JSON.stringify({ features: ['account_state:cents', 'account_state:tier', 'origin_weather:temp'], entities: { account: [1, 20, 5421], origin: ['JFK', 'EWR', 'LGA'] } })
    const before = await ask(server.url, body)
    server.process.child.kill('SIGKILL')
    await server.process.exited
    server = await serve(home)
    const after = await ask(server.url, body)
    findings.expect(before === after && before.includes('"raw"'), 'after kill -9 and a restart the same is read')
  } finally {
    server.process.child.kill('SIGTERM')
    await server.process.exited
  }
}

async function serve(home: string): Promise<{ process: ServerProcess; url: string }> {
  const process = startProcess(['bin/slipway.js', 'serve', '--port', '0', '--home', home])
  return { process, url: (await process.until(/Slipway is ready at (http:\/\/127\.0\.0\.1:\d+)/))[1] }
}

async function ask(url: string, body: string): Promise<string> {
  return (await fetch(`${url}/get-online-features`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).text()
}

try {
  await feast()
  await slipway()
} finally { rmSync(work, { recursive: true, force: true }) }
findings.end()
