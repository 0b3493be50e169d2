// The servers that are compared, each a process of its own (or several) on this machine.
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startCommand } from '../../test/chaos/server-process.ts'
import type { PythonEnvironment } from '../../test/wire/python-environment.ts'

/** A server that answers. `coldStart` is in seconds, from its start to its first good answer about its readiness; `memory()` in MiB, shared pages by their share. */
export interface Peer { name: string; port: number; path: string; /** The rows in the words of this server. */ body(rows: readonly (readonly number[])[]): string; coldStart: number; memory(): number; stop(): Promise<void> }

interface Start { name: string; file: string; args: string[]; cwd: string; env?: Record<string, string>; port: number; ready: string }

const root = fileURLToPath(new URL('../../', import.meta.url))
const tensorBody = (rows: readonly (readonly number[])[]): string => JSON.stringify({ inputs: [{ name: 'x', shape: [rows.length, rows[0].length], datatype: 'FP64', data: rows.flat() }] })

export async function startSlipway(model: string, home: string): Promise<Peer> {
  const port = await freePort()
  const started = await start({ name: 'Slipway', file: process.execPath, args: ['bin/slipway.js', 'serve', '--home', home, '--port', String(port), '--model', `bench=${model}`], cwd: root, port, ready: '/v2/models/bench/ready' })
  return { ...started, path: '/v2/models/bench/infer', body: tensorBody }
}

/** @param workers 0: in the server's own process */
export async function startMlServer(environment: PythonEnvironment, folder: string, workers: number): Promise<Peer> {
  const [port, grpc, metrics] = [await freePort(), await freePort(), await freePort()]
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({ host: '127.0.0.1', http_port: port, grpc_port: grpc, metrics_port: metrics, parallel_workers: workers, debug: false }))
  const started = await start({ name: `MLServer, ${workers} workers`, file: environment.program('mlserver'), args: ['start', folder], cwd: folder, port, ready: '/v2/models/bench/ready' })
  return { ...started, path: '/v2/models/bench/infer', body: tensorBody }
}

export async function startBentoMl(environment: PythonEnvironment, model: string): Promise<Peer> {
  const port = await freePort()
  const cwd = fileURLToPath(new URL('./', import.meta.url))
  const started = await start({ name: 'BentoML', file: environment.program('bentoml'), args: ['serve', 'bentoml_service:Bench', '--host', '127.0.0.1', '--port', String(port)], cwd, env: { MODEL: model, BENTOML_DO_NOT_TRACK: 'True' }, port, ready: '/readyz' })
  return { ...started, path: '/predict', body: rows => JSON.stringify({ rows }) }
}

/** A bare node:http server that parses a request and writes it back as JSON: what the protocol alone costs. */
export async function startEcho(): Promise<Peer> {
  const port = await freePort()
  const text = `require('node:http').createServer((q, r) => { const c = []; q.on('data', d => c.push(d)); q.on('end', () => { const t = c.length === 0 ? '{}' : JSON.stringify(JSON.parse(Buffer.concat(c).toString())); r.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(t) }).end(t) }) }).listen(${port}, '127.0.0.1')`
  const started = await start({ name: 'node:http echo', file: process.execPath, args: ['-e', text], cwd: root, port, ready: '/' })
  return { ...started, path: '/', body: tensorBody }
}

async function start({ name, file, args, cwd, env = {}, port, ready }: Start): Promise<Omit<Peer, 'path' | 'body'>> {
  const from = performance.now()
  const p = startCommand(file, args, { cwd, env: { ...process.env, ...env }, detached: true })
  const pid = p.child.pid as number
  const stop = async (): Promise<void> => {
    if (p.child.exitCode === null && p.child.signalCode === null) process.kill(-pid, 'SIGKILL')
    await p.exited
  }
  for (const until = Date.now() + 120_000; ; await new Promise(resolve => { setTimeout(resolve, 20) })) {
    if (await fetch(`http://127.0.0.1:${port}${ready}`).then(r => r.ok, () => false)) break
    if (Date.now() > until || p.child.exitCode !== null) { await stop(); throw new Error(`${name} does not start:\n${p.output().slice(-4_000)}`) }
  }
  return { name, port, coldStart: (performance.now() - from) / 1_000, memory: () => sumMemory(pid), stop }
}

function sumMemory(pid: number): number {
  const own = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1_024
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(t => t !== '')
  return children.reduce((sum, child) => sum + sumMemory(Number(child)), own)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => { const { port } = server.address() as AddressInfo; server.close(() => { resolve(port) }) })
  })
}
