// A real `feast serve` over a repository, with the settings under which it does best.
import { writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { startCommand } from '../../chaos/server-process.ts'
import type { FeastEnvironment } from './environment.ts'

export interface FeastServer { url: string; port: number; stop(): Promise<void> }

/** `feature_store.yaml` of a server: files offline (or DuckDB), SQLite online. */
export function writeServerStore(dir: string, offline: 'file' | 'duckdb' = 'file'): void {
  writeFileSync(join(dir, 'feature_store.yaml'), `project: shops
registry: registry.db
provider: local
offline_store: {type: ${offline}}
online_store: {type: sqlite, path: online.db}
entity_key_serialization_version: 3
`)
}

/** The five lines of a client, and its token where it has one. */
export function writeClientStore(dir: string, url: string, options: { token?: boolean } = {}): void {
  writeFileSync(join(dir, 'feature_store.yaml'), `project: shops
provider: local
registry: registry.db
online_store: {type: remote, path: "${url}", connection_retries: 1}
${options.token === true ? 'auth: {type: oidc, token_env_var: SLIPWAY_TOKEN}\n' : ''}`)
}

export async function startFeast(environment: FeastEnvironment, repo: string): Promise<FeastServer> {
  const port = await freePort()
  // Workers are not restarted after a thousand requests, and nothing is logged.
  const p = startCommand(environment.feast, ['serve', '--host', '127.0.0.1', '--port', String(port), '--no-access-log', '--max-requests', '0', '--keep-alive-timeout', '300'], { cwd: repo, env: process.env, detached: true })
  const url = `http://127.0.0.1:${port}`
  const stop = async (): Promise<void> => {
    if (p.child.exitCode === null && p.child.signalCode === null) process.kill(-(p.child.pid as number), 'SIGKILL')
    await p.exited
  }
  for (const until = Date.now() + 60_000; ; await new Promise(resolve => { setTimeout(resolve, 200) })) {
    const ready = await fetch(`${url}/health`).then(r => r.ok, () => false)
    if (ready) return { url, port, stop }
    if (Date.now() > until || p.child.exitCode !== null) { await stop(); throw new Error(`feast serve does not start:\n${p.output().slice(-4_000)}`) }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => { const { port } = server.address() as AddressInfo; server.close(() => { resolve(port) }) })
  })
}
