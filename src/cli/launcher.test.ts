// The program as a process: what it prints, how it stops, what it leaves behind.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'

const launcher = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'slipway-launcher-'))
const running = new Set<ChildProcess>()
afterEach(() => { for (const child of running) child.kill('SIGKILL'); rmSync(dir, { recursive: true, force: true }) })

interface Running { child: ChildProcess; output(): string; ready: Promise<string>; ended: Promise<number | NodeJS.Signals | null> }
function start(...args: string[]): Running {
  const child = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  let text = ''
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>()
  const hear = (c: Buffer): void => { text += c.toString(); const url = /ready at (http:\/\/127\.0\.0\.1:\d+)\n/.exec(text)?.[1]; if (url !== undefined) resolve(url) }
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  const ended = new Promise<number | NodeJS.Signals | null>(done => { child.once('close', (code, signal) => { running.delete(child); reject(new Error(text)); done(signal ?? code) }) })
  ready.catch(() => undefined)
  return { child, ready, ended, output: () => text }
}

it('serves an empty home, says where, and stops cleanly however often it is asked', async () => {
  const server = start('serve', '--home', dir, '--port', '0')
  const url = await server.ready
  expect((await fetch(`${url}/health/ready`)).status).toBe(200)
  expect(JSON.parse(readFileSync(join(dir, 'server.json'), 'utf8'))).toEqual({ url, pid: server.child.pid })

  const second = start('serve', '--home', dir, '--port', '0')
  expect(await second.ended).toBe(1)
  expect(second.output()).toContain(`process ${server.child.pid}, which serves at ${url}`)
  expect(second.output()).not.toMatch(/\bat .*:\d+:\d+/)

  // A terminal signals the whole group, and npm passes its own on.
  server.child.kill('SIGTERM')
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
  expect(existsSync(join(dir, 'server.json'))).toBe(false)

  const again = start('serve', '--home', dir, '--port', '0')
  await again.ready
  again.child.kill('SIGKILL')
  expect(await again.ended).toBe('SIGKILL')
  const after = start('serve', '--home', dir, '--port', '0', '--json')
  await expect.poll(() => after.output(), { timeout: 10_000 }).toContain('{"url":')
  after.child.kill('SIGINT')
  expect(await after.ended).toBe(0)
})
