import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { joinHome, openHome, readHomePaths } from './home.ts'

let dir: string
beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'slipway-home-')) })
afterEach(() => { rmSync(dir, { recursive: true, force: true }) })

test('a home has its folders, and keys are its owner\'s alone', () => {
  const home = openHome(join(dir, 'a/b'), { create: true })
  expect(home.paths.journal).toBe(join(dir, 'a/b/journal'))
  expect(statSync(home.paths.keys).mode & 0o777).toBe(0o700)
  expect(readFileSync(home.paths.owner, 'utf8')).toBe(`${process.pid}\n`)
  expect(readHomePaths(home.dir)).toEqual(home.paths)
  home.close()
  home.close()
})

test('where there is no home, none is made without asking', () => {
  expect(() => openHome(dir, { create: false })).toThrow(expect.objectContaining({ code: 'not_found' }))
  expect(() => readHomePaths(join(dir, 'none'))).toThrow(expect.objectContaining({ code: 'not_found' }))
})

test('where none can be made, the words say which and what to do', () => {
  writeFileSync(join(dir, 'file'), '')
  for (const place of ['file', 'file/home', 'x'.repeat(300)]) {
    expect(() => openHome(join(dir, place), { create: true }), place).toThrow(expect.objectContaining({ code: 'invalid_config', exit: 2, message: expect.stringContaining(join(dir, place)) as string, remedy: expect.stringContaining('--home') as string }))
  }
})

test('a second owner is refused and told of the first, in this process too', () => {
  const home = openHome(dir, { create: true })
  writeFileSync(home.paths.server, JSON.stringify({ url: 'http://127.0.0.1:4777', pid: process.pid }))
  expect(() => openHome(dir)).toThrow(expect.objectContaining({ code: 'home_in_use', message: expect.stringMatching(new RegExp(`process ${process.pid}, which serves at http://127.0.0.1:4777`)) as string }))
  home.close()
  openHome(dir).close()
})

test('a killed owner holds nothing', async () => {
  const script = `const { openHome } = await import(${JSON.stringify(new URL('./home.ts', import.meta.url).href)}); openHome(${JSON.stringify(dir)}); console.log('owned'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise(resolve => { child.on('exit', resolve) })
  await new Promise<void>(resolve => { child.stdout.on('data', () => { resolve() }) })
  expect(() => openHome(dir)).toThrow(expect.objectContaining({ code: 'home_in_use', message: expect.stringContaining(`process ${child.pid}`) as string }))
  child.kill('SIGKILL')
  await exited
  openHome(dir).close()
})

test('components in processes of their own are single, and keep others from owning the home', () => {
  const metadata = joinHome(dir, 'metadata')
  const data = joinHome(dir, 'data')
  expect(() => joinHome(dir, 'data')).toThrow(expect.objectContaining({ code: 'home_in_use', message: expect.stringContaining('component data') as string }))
  expect(() => joinHome(dir, 'metadata')).toThrow(expect.objectContaining({ code: 'home_in_use' }))
  expect(() => openHome(dir)).toThrow(expect.objectContaining({ code: 'home_in_use' }))
  metadata.close()
  // The process of data still writes there.
  expect(() => openHome(dir)).toThrow(expect.objectContaining({ code: 'home_in_use', message: expect.stringContaining('component data') as string }))
  data.close()
  const whole = openHome(dir)
  expect(() => joinHome(dir, 'metadata')).toThrow(expect.objectContaining({ code: 'home_in_use' }))
  expect(() => joinHome(dir, 'data')).toThrow(expect.objectContaining({ code: 'home_in_use' }))
  whole.close()
  joinHome(dir, 'data').close()
})
