// Stock gRPC clients against Slipway, and the same questions to a real MLServer: tritonclient (sync, aio, streams), MLServer's own stubs and codecs, Google's
// health and reflection clients. The two Pythons are apart: tritonclient[grpc] and mlserver both register the package `inference`.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openLog } from '../../../../src/core/log.ts'
import { openSmallHome } from '../../../../src/http/fixtures/small-home.ts'
import { openServer } from '../../../../src/http/index.ts'
import { Findings, startCommand } from '../../../chaos/server-process.ts'
import { pythonEnvironment } from '../../python-environment.ts'
import { compareDecoding } from './decoding.ts'

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const findings = new Findings()

/** Runs a program of checks and shows its lines. */
async function checks(python: string, args: string[], what: string, env: Record<string, string> = {}): Promise<void> {
  const p = startCommand(python, args, { cwd: here('.'), env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env } })
  const code = await p.exited
  process.stdout.write(p.output())
  findings.expect(code === 0, what)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => { server.close(resolve) })
  return port
}

async function slipway(triton: string, mlserver: string): Promise<void> {
  const home = await openSmallHome()
  const logged: string[] = []
  const server = await openServer(home.platform, { host: '127.0.0.1', port: 0, grpcPort: 0, log: openLog({ level: 'error', write: line => { logged.push(line) } }) })
  const address = server.grpc as string
  try {
    await checks(triton, ['checks.py', 'slipway', address], 'tritonclient 2.73, health and reflection against Slipway', { SLIPWAY_TOKEN: home.token })
    await checks(mlserver, ['mlserver_client.py', address], 'stubs, converters and codecs of MLServer 1.7.1 against Slipway')
    findings.expect(logged.length === 0, `nothing was an error of the server${logged.length === 0 ? '' : `: ${logged[0]}`}`)
  } finally {
    const started = performance.now()
    await server.close()
    findings.expect(performance.now() - started < 2_000, 'the server stops at once when its clients are done')
    await home.remove()
  }
}

async function reference(triton: string, program: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-mlserver-'))
  const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()]
  cpSync(here('mlserver'), folder, { recursive: true })
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({ host: '127.0.0.1', http_port: http, grpc_port: grpc, metrics_port: metrics, parallel_workers: 0, debug: false }))
  const server = startCommand(program, ['start', folder], { cwd: folder, env: process.env })
  try {
    await server.until(/gRPC server running/)
    await server.until(/Loaded model 'late-order' successfully/)
    await checks(triton, ['checks.py', 'mlserver', `127.0.0.1:${grpc}`], 'the same questions to MLServer 1.7.1, answered as they say')
  } finally {
    server.child.kill('SIGTERM')
    const late = setTimeout(() => { server.child.kill('SIGKILL') }, 5_000)
    await server.exited
    clearTimeout(late)
    rmSync(folder, { recursive: true, force: true })
  }
}

const triton = await pythonEnvironment('tritonclient-grpc', here('requirements-triton.txt'))
const mlserver = await pythonEnvironment('mlserver', here('../requirements-mlserver.txt'))
await compareDecoding(findings, triton.python, 5_000, 1)
await slipway(triton.python, mlserver.python)
await reference(triton.python, mlserver.program('mlserver'))
findings.end()
