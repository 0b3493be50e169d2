import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { SettableClock } from '../core/clock.ts'
import { openLog } from '../core/log.ts'
import { joinHome, type Home } from '../store/index.ts'
import { answerCall } from './answering.ts'
import { writeProcess } from './directory.ts'
import { Link } from './link.ts'
import { remoteData } from './remote-component.ts'
import type { MethodKind } from './methods.ts'
import { ANOTHER, PROCESS_HEADER } from './sending.ts'

const log = openLog({ level: 'silent' })
let dir: string
let home: Home
let server: Server
let link: Link
/** What was called, and how the next calls end: answered, or cut off after so much. */
let calls: string[]
let fates: ('answer' | 'cut')[]
let id: string
const clock = new SettableClock()
const target = { add: async (a: number, b: number) => a + b, fail: async () => { throw new RangeError('inner') }, read: async (...args: unknown[]) => args }

const serve = async (request: IncomingMessage): Promise<Buffer | 'cut' | number> => {
  if (request.headers[PROCESS_HEADER] !== id) return ANOTHER
  const method = request.url!.split('/').at(-1)!
  calls.push(method)
  if (fates.shift() === 'cut') { await buffer(request); return 'cut' }
  const methods: Record<string, MethodKind> = { hello: 'read', add: 'read', fail: 'read', read: 'read' }
  return await answerCall({ target: { ...target, hello: async () => 'here' }, methods }, { port: 'test', method }, request, { clock, log }) as Buffer
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'slipway-link-'))
  home = joinHome(dir, 'data')
  ;[calls, fates, id] = [[], [], 'first']
  server = createServer((request, response) => {
    void serve(request).then(answer => {
      if (answer === 'cut') response.destroy()
      else if (typeof answer === 'number') response.writeHead(answer).end()
      else response.end(answer)
    })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  announce()
  link = new Link('data', { paths: home.paths, clock: new SettableClock(), log, token: () => 'secret' })
})
afterEach(() => {
  link.close()
  server.closeAllConnections()
  server.close()
  home.close()
  rmSync(dir, { recursive: true, force: true })
})
const announce = (): void => { writeProcess(home.paths, 'data', { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, pid: process.pid, id }) }
const add = (kind: MethodKind, bound = false): Promise<unknown> => link.call('test', 'add', [2, 3], { kind, bound })

it('repeats what may be done twice when its answer was lost, and nothing else', async () => {
  fates = ['cut', 'cut', 'answer', 'cut']
  expect(await add('read')).toBe(5)
  await expect(add('once')).rejects.toMatchObject({ code: 'unreachable' })
  expect(calls).toEqual(['add', 'add', 'add', 'add'])
  await expect(link.call('test', 'fail', [], { kind: 'read' })).rejects.toMatchObject({ code: 'internal', message: 'An unexpected error was logged.' })
})

it('finds a process that was started anew, and asks it what was not sent', async () => {
  expect(await add('once')).toBe(5)
  id = 'second'
  announce()
  expect(await add('once')).toBe(5)
})

it('what rests on a process is refused from another one until it has been made good', async () => {
  await link.connect(1_000)
  const { promise: good, resolve } = Promise.withResolvers<void>()
  let recovered = 0
  link.onRestart(async () => { recovered++; await good })
  const { epoch } = link
  expect(await add('once', true)).toBe(5)
  id = 'second'
  announce()
  await expect(add('once', true)).rejects.toMatchObject({ code: 'unreachable' })
  expect(link.epoch).not.toBe(epoch)
  await expect(add('read', true)).rejects.toMatchObject({ code: 'unreachable', message: expect.stringContaining('being read again') as string })
  // What does not rest on it goes on.
  expect(await add('read')).toBe(5)
  const during = link.epoch
  resolve()
  await new Promise(done => { setTimeout(done, 20) })
  expect([recovered, link.epoch === during, await add('once', true)]).toEqual([1, false, 5])
})

it('an answer that was lost puts all in doubt that rests on the process, though it lives', async () => {
  await link.connect(1_000)
  let recovered = 0
  link.onRestart(() => { recovered++ })
  fates = ['cut']
  const { epoch } = link
  await expect(add('once', true)).rejects.toMatchObject({ code: 'unreachable' })
  await new Promise(done => { setTimeout(done, 20) })
  expect([recovered, link.epoch > epoch, await add('once', true)]).toEqual([1, true, 5])
})

it('carries the options of a read, and where its values came from', async () => {
  const rows = [{ entities: { shop: 'x', item: 2n ** 60n }, request: {}, at: 5 }]
  const origins = [[{ status: 'present', eventTime: 1_364_774_400_000_001 }, { status: 'notFound', eventTime: null }, null]]
  const { read } = remoteData(link) as unknown as { read(...args: unknown[]): Promise<unknown> }
  expect(await read('digest', rows, { origins: true })).toEqual(['digest', rows, { origins: true }])
  expect(await read('digest', rows)).toEqual(['digest', rows])
  expect(await read({ asOf: 7, vectors: [[1, 2n ** 60n, null]], origins })).toEqual([{ asOf: 7, vectors: [[1, 2n ** 60n, null]], origins }])
})
