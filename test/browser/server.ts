// A server on a fresh home, as people start it, with the tour under way.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const LAUNCHER = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url))

export interface RunningServer {
  url: string
  home: string
  token: string
  output(): string
  /** A call of the native API with the local token. @throws Error with the server's words. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>
  stop(): Promise<void>
}

/** `command`: start runs the tour, serve does not. */
export async function startServer(command: 'start' | 'serve', home = mkdtempSync(join(tmpdir(), 'slipway-browser-'))): Promise<RunningServer> {
  const child: ChildProcess = spawn(process.execPath, [LAUNCHER, command, '--home', home, '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>()
  const read = (chunk: Buffer): void => {
    output += chunk.toString()
    const url = /is ready at (http:\S+)/.exec(output)?.[1]
    if (url !== undefined) resolve(url)
  }
  child.stdout?.on('data', read)
  child.stderr?.on('data', read)
  child.once('exit', code => { reject(new Error(`The server ended with ${code}:\n${output}`)) })
  const url = await ready
  const token = readFileSync(join(home, 'local.token'), 'utf8').trim()
  return {
    url, home, token, output: () => output,
    async call<T>(method: string, path: string, body?: unknown): Promise<T> {
      const reply = await fetch(`${url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, body: body === undefined ? undefined : JSON.stringify(body) })
      const answer = await reply.json() as T & { detail?: string }
      if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${answer.detail}`)
      return answer
    },
    async stop() {
      const ended = new Promise(done => { child.once('exit', done) })
      child.kill('SIGTERM')
      await ended
      rmSync(home, { recursive: true, force: true })
    },
  }
}
