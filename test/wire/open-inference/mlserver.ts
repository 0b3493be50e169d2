// A real MLServer over a folder with one model.
import { writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { startCommand } from '../../chaos/server-process.ts'
import type { PythonEnvironment } from '../python-environment.ts'

export interface MlServer { host: string; stop(): Promise<void> }

export async function startMlServer(environment: PythonEnvironment, folder: string): Promise<MlServer> {
  const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()]
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({ host: '127.0.0.1', http_port: http, grpc_port: grpc, metrics_port: metrics, parallel_workers: 0, debug: false }))
  const p = startCommand(environment.program('mlserver'), ['start', folder], { cwd: folder, env: process.env, detached: true })
  const host = `127.0.0.1:${http}`
  const stop = async (): Promise<void> => {
    if (p.child.exitCode === null && p.child.signalCode === null) process.kill(-(p.child.pid as number), 'SIGKILL')
    await p.exited
  }
  for (const until = Date.now() + 90_000; ; await new Promise(resolve => { setTimeout(resolve, 200) })) {
    if (await fetch(`http://${host}/v2/models/wire/ready`).then(r => r.ok, () => false)) return { host, stop }
    if (Date.now() > until || p.child.exitCode !== null) { await stop(); throw new Error(`mlserver does not start:\n${p.output().slice(-4_000)}`) }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => { const { port } = server.address() as AddressInfo; server.close(() => { resolve(port) }) })
  })
}
