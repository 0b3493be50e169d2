// Stock inference clients against Slipway, and the same questions to a real MLServer over the same model file, so that each expectation is known to be the reference's.
// With --must, what cannot be installed is a failure; without it, it is skipped, loudly.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openLog } from '../../../src/core/log.ts'
import { openSmallHome } from '../../../src/http/fixtures/small-home.ts'
import { openServer } from '../../../src/http/index.ts'
import { Findings, startCommand } from '../../chaos/server-process.ts'
import { pythonEnvironment, run, type PythonEnvironment } from '../python-environment.ts'
import { askByCurl } from './curl-lines.ts'
import { startMlServer } from './mlserver.ts'

const here = fileURLToPath(new URL('./', import.meta.url))
const must = process.argv.includes('--must')
const findings = new Findings()
const work = mkdtempSync(join(tmpdir(), 'slipway-open-inference-'))
const rows = join(work, 'rows.json')

interface Environments { triton: PythonEnvironment; mlserver: PythonEnvironment; mlflow: PythonEnvironment }

/** Null, loudly, where they cannot be had. */
async function environments(): Promise<Environments | null> {
  try {
    const make = (name: string, file: string): Promise<PythonEnvironment> => pythonEnvironment(name, join(here, file))
    return { triton: await make('tritonclient', 'requirements-triton.txt'), mlserver: await make('mlserver', 'requirements-mlserver.txt'), mlflow: await make('mlflow', 'requirements-mlflow.txt') }
  } catch (error) {
    if (must) throw error
    process.stdout.write(`skip  THE INFERENCE CLIENTS WERE NOT RUN: ${(error as Error).message.slice(0, 600)}\n`)
    return null
  }
}

async function check(environment: PythonEnvironment, script: string, target: 'slipway' | 'mlserver', ...args: string[]): Promise<void> {
  const p = startCommand(environment.python, [join(here, script), target, ...args], { cwd: work, env: { ...process.env, PYTHONPATH: dirname(here), PYTHONWARNINGS: 'ignore' } })
  const code = await p.exited
  process.stdout.write(`${p.output()}\n`)
  findings.expect(code === 0, `${script} ${target}: every answer is as stated`)
}

async function mlserver({ triton, mlserver: environment }: Environments): Promise<void> {
  process.stdout.write('\n== MLServer itself\n')
  const server = await startMlServer(environment, work)
  try {
    await check(triton, 'checks_triton.py', 'mlserver', server.host, rows)
    await check(environment, 'checks_mlserver.py', 'mlserver', server.host, rows, work)
  } finally { await server.stop() }
}

async function slipway({ triton, mlserver: environment, mlflow }: Environments): Promise<void> {
  process.stdout.write('\n== Slipway\n')
  const home = await openSmallHome()
  const { platform, token } = home
  const { actor } = await platform.metadata.authenticate(token)
  await platform.production.serveFiles([{ name: 'wire', path: join(work, 'model.txt') }], actor)
  const logged: string[] = []
  const server = await openServer(platform, { host: '127.0.0.1', port: 0, log: openLog({ level: 'error', write: line => { logged.push(line) } }) })
  try {
    const { host } = new URL(server.url)
    await check(triton, 'checks_triton.py', 'slipway', host, rows)
    await check(environment, 'checks_mlserver.py', 'slipway', host, rows, work)
    await check(mlflow, 'checks_mlflow.py', 'slipway', host, rows)
    const { outputs: [{ data: [output] }] } = await (await fetch(`${server.url}/v2/models/wire/infer`, { method: 'POST', body: JSON.stringify({ inputs: [{ name: 'x', shape: [1, 4], datatype: 'FP64', data: [0.5, -1, 1.5, 0] }] }) })).json() as { outputs: { data: number[] }[] }
    await askByCurl(findings, server.url, work, output)
    findings.expect(logged.length === 0, `nothing was logged as an error of ours${logged.length > 0 ? `: ${logged[0].slice(0, 1_000)}` : ''}`)
    const { count, equal } = await replayed(server.url, token)
    findings.expect(count > 1_000 && equal === count, `${count} journaled predictions replay, ${equal} equal`)
  } finally {
    await server.close()
    await home.remove()
  }
}

async function replayed(url: string, token: string): Promise<{ count: number; equal: number }> {
  return await (await fetch(`${url}/api/v1/replay`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: '{"count":2000}' })).json() as { count: number; equal: number }
}

try {
  const made = await environments()
  if (made !== null) {
    await run(made.mlserver.python, [join(here, 'make_model.py'), work])
    process.stdout.write(`${JSON.parse(readFileSync(rows, 'utf8')).rows.length as number} rows\n`)
    await mlserver(made)
    await slipway(made)
  }
} finally { rmSync(work, { recursive: true, force: true }) }
if (findings.passed + findings.failed > 0) findings.end()
