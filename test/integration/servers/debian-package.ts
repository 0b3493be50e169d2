import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** The program at one of these paths, installed from Debian where it is missing and may be; null when it is not to be had. */
export function installed(paths: readonly string[], name: string): string | null {
  const find = (): string | undefined => paths.find(existsSync)
  if (find() === undefined && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    process.stdout.write(`installing ${name} …\n`)
    for (const args of [['update', '-qq'], ['install', '-y', '-qq', '--no-install-recommends', name]]) spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  }
  return find() ?? null
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => { const { port } = server.address() as AddressInfo; server.close(() => { resolve(port) }) })
  })
}

/** A server that holds state, on loopback. */
export interface StateServer {
  readonly url: string
  /** The same with a password that is wrong. */
  readonly wrongUrl: string
  start(): Promise<void>
  /** At once, as a crash would. */
  kill(): Promise<void>
  close(): Promise<void>
}
