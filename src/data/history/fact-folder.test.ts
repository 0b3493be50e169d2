import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FactFolder } from './fact-folder.ts'

let dir: string
let warnings: string[]
const open = (): FactFolder => new FactFolder(join(dir, 'facts'), { warn: text => { warnings.push(text) } })
beforeEach(async () => { dir = await mkdtemp(join(tmpdir(), 'slipway-facts-')); warnings = [] })
afterEach(async () => { await rm(dir, { recursive: true, force: true }) })

it('has what was written under its key, in another process too, and nothing else', async () => {
  const facts = open()
  expect(await facts.read({ a: 1 })).toBeNull()
  await facts.write({ a: 1 }, { n: 5 })
  expect(await open().read({ a: 1 })).toEqual({ n: 5 })
  expect(await open().read({ a: 2 })).toBeNull()
  expect(warnings).toEqual([])
})

it('finds a kept file until its bytes are others', async () => {
  const file = await open().keep('parquet', path => writeFile(path, 'rows'))
  expect(file?.path).toContain(file?.digest)
  expect(await open().find(file!)).toBe(file?.path)
  await writeFile(file!.path, 'rowz')
  expect(await open().find(file!)).toBeNull()
  await rm(file!.path)
  expect(await open().find(file!)).toBeNull()
})

it('says what it cannot read or keep, and does without it', async () => {
  await open().write('key', { n: 1 })
  const [name] = await readdir(join(dir, 'facts'))
  await writeFile(join(dir, 'facts', name), '{"body":{"n":2},"digest":"00"}')
  expect(await open().read('key')).toBeNull()
  expect(await open().keep('parquet', () => Promise.reject(new Error('the disk is full')))).toBeNull()
  expect(await readdir(join(dir, 'facts'))).toEqual([name])
  await writeFile(join(dir, 'file'), '')
  const nowhere = new FactFolder(join(dir, 'file', 'facts'), { warn: text => { warnings.push(text) } })
  await nowhere.write('key', { n: 1 })
  expect(warnings).toHaveLength(3)
})

it('lets the oldest go', async () => {
  const facts = open()
  await facts.write('old', { n: 1 })
  const [old] = await readdir(join(dir, 'facts'))
  await utimes(join(dir, 'facts', old), new Date(0), new Date(0))
  for (let i = 0; i < 1_999; i++) await writeFile(join(dir, 'facts', `${i}.json`), '')
  await facts.write('new', { n: 2 })
  const names = await readdir(join(dir, 'facts'))
  expect(names).toHaveLength(2_000)
  expect(names).not.toContain(old)
  expect(await facts.read('new')).toEqual({ n: 2 })
})
