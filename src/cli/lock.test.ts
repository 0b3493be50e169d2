import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'

// Plain JavaScript for any Node, so without types.
const { withLock } = await import(new URL('../../bin/lock.js', import.meta.url).href) as { withLock<T>(path: string, waiting: string, work: () => Promise<T>): Promise<T> }
const dir = mkdtempSync(join(tmpdir(), 'slipway-lock-'))
afterAll(() => { rmSync(dir, { recursive: true, force: true }) })

it('lets one after the other in, and lets go when the work fails', async () => {
  const path = join(dir, 'one.lock')
  let inside = 0
  let most = 0
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside)
    expect(readFileSync(path, 'utf8')).toBe(String(process.pid))
    await new Promise(done => { setTimeout(done, 20) })
    inside--
  }
  await Promise.all([withLock(path, 'waiting', work), withLock(path, 'waiting', work), withLock(path, 'waiting', work)])
  expect(most).toBe(1)
  await expect(withLock(path, 'waiting', () => Promise.reject(new Error('no network')))).rejects.toThrow('no network')
  expect(existsSync(path)).toBe(false)
})

it('takes over what a dead process held', async () => {
  const path = join(dir, 'dead.lock')
  writeFileSync(path, '999999999')
  const before = new Date(Date.now() - 5_000)
  utimesSync(path, before, before)
  expect(await withLock(path, 'waiting', () => Promise.resolve('done'))).toBe('done')
})
