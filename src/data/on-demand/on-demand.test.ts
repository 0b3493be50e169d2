import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FeatureContent } from '../../core/definition.ts'
import { sha256 } from '../../core/digest.ts'
import { compileService } from '../compiled-service.ts'
import { buildFeatureContent } from '../feature-content.ts'
import { bundleOnDemand } from './bundle.ts'
import { openOnDemand } from './on-demand.ts'
import { loadOnDemand } from './sandbox.ts'

let dir: string
beforeAll(async () => { dir = await mkdtemp(join(tmpdir(), 'slipway-on-demand-')) })
afterAll(async () => { await rm(dir, { recursive: true }) })

async function bundle(files: Record<string, string>, folder = 'm'): Promise<{ code: string; digest: string }> {
  await mkdir(join(dir, folder), { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, folder, name), text)
  return bundleOnDemand(join(dir, folder, Object.keys(files)[0]))
}

const call = async (body: string): Promise<unknown> => loadOnDemand((await bundle({ 'one.ts': `export const f = (i: any): unknown => { ${body} }` })).code).get('f')?.({ x: 3 })

describe('bundle', () => {
  it('is one script, the same wherever the sources lie, whatever the comments', async () => {
    const helper = 'export const twice = (n: number): number => n * 2'
    const a = await bundle({ 'a.ts': "import { twice } from './b.ts'\nexport function f(i: { x: number }) { return twice(i.x) }", 'b.ts': helper }, 'first')
    const b = await bundle({ 'a.ts': "// why\nimport { twice } from './b.ts'\nexport function f(i: { x: number }) { return twice(i.x) }\n", 'b.ts': helper }, 'second/deeper')
    expect(a).toEqual(b)
    expect(a.digest).toBe(sha256(a.code))
    expect(a.code).not.toContain('import')
    expect(a.code).not.toContain(dir)
    expect(loadOnDemand(a.code).get('f')?.({ x: 21 })).toBe(42)
  })

  it.each([["import 'node:fs'", /node:fs/], ["import fs from 'fs'\nexport const f = fs", /imports fs/], ["import './nowhere.ts'", /nowhere/], ['export const f = (', /cannot be bundled/]])('refuses %s', async (text, message) => {
    await expect(bundle({ 'bad.ts': text })).rejects.toThrow(message)
    await expect(bundle({ 'bad.ts': text })).rejects.toMatchObject({ code: 'invalid_definition' })
  })

  it('says when there is no module', async () => {
    await expect(bundleOnDemand(join(dir, 'none.ts'))).rejects.toThrow(/no on-demand module/)
  })
})

describe('sandbox', () => {
  it.each([
    ['return Date.now()', /Date\.now/], ['return new Date()', /new Date\(\)/], ['return Date()', /Date\(\)/], ['return new Date(2013, 1, 1)', /local time/],
    ["return new Date('2013-01-01 10:00')", /without a zone/], ['return new Date(0).getHours()', /getHours/], ['return new Date(0).toLocaleString()', /toLocaleString/],
    ['return new (new Date(0).constructor as any)()', /new Date\(\)/],
    ['return Math.random()', /Math\.random/], ['return performance.now()', /performance\.now/], ['return fetch("http://x")', /fetch/], ['return crypto.randomUUID()', /randomUUID/],
    ['return process.env', /process/], ['return eval("1")', /Code generation/], ['return new Function("return 1")()', /Code generation/],
    ['return Intl.DateTimeFormat()', /Intl/], ['return "a".localeCompare("b")', /localeCompare/], ['return setTimeout(() => {}, 1)', /setTimeout/],
  ])('%s throws and says its name', async (body, message) => {
    await expect(call(body)).rejects.toThrow(message)
  })

  it('computes with times that are given', async () => {
    expect(await call("return [new Date(0).getUTCHours(), Date.UTC(2013, 0, 1), new Date('2013-01-01T10:00:00Z').toISOString(), new Date(0) instanceof Date].join()")).toBe('0,1356998400000,2013-01-01T10:00:00.000Z,true')
  })

  it('refuses a module that throws at its top', () => {
    expect(() => loadOnDemand('Date.now()')).toThrow(/when it is loaded.*Date\.now/)
  })
})

describe('on-demand features', () => {
  const content = (type: 'float64' | 'int64' | 'string' | 'boolean'): FeatureContent => buildFeatureContent({
    name: 's', entities: ['e'], request: [{ name: 'x', type: 'float64', model: false }, { name: 'at', type: 'timestamp', model: false }], features: ['v.n'],
    onDemand: { module: './m.ts', functions: [{ name: 'd', export: 'f', type, inputs: ['v.n', 'at', 'x'] }] },
  }, {
    entities: [{ name: 'e', key: 'k', type: 'string' }],
    sources: [{ name: 'src', dataset: 'd', id: ['k'], eventTime: 't', columns: [{ name: 'k', type: 'string' }, { name: 't', type: 'timestamp' }] }],
    views: [{ name: 'v', kind: 'aggregate', entity: 'e', source: 'src', features: [{ name: 'n', aggregate: 'count', window: '1h' }] }],
  }, sha256('x'))
  const compute = async (body: string, type: Parameters<typeof content>[0], request: (number | null)[] = [2, 60_000_000], lookups: (number | null)[] = [5]): Promise<unknown> => {
    const { code } = await bundle({ 'm.ts': `export const f = (i: any): unknown => { ${body} }` })
    return openOnDemand(compileService(content(type)), code).compute(request, lookups)[0]
  }

  it('hands over the declared inputs and coerces the result', async () => {
    expect(await compute("return i['v.n'] * i.x + i.at / 1e6", 'float64')).toBe(70)
    expect(await compute('return -0', 'float64')).toBe(0)
    expect(await compute('return i.x === null ? "none" : "some"', 'string', [null, 1])).toBe('none')
    expect(await compute('return undefined', 'int64')).toBeNull()
    expect(await compute('return NaN', 'float64')).toBeNull()
    expect(await compute('return i.x > 1', 'boolean')).toBe(true)
  })

  it('names the feature whose function fails', async () => {
    await expect(compute('return i.nothing.length', 'float64')).rejects.toThrow(/On-demand feature d cannot be computed/)
    await expect(compute('return 1.5', 'int64')).rejects.toThrow(/On-demand feature d must be a whole number/)
    await expect(compute('return 1.5', 'int64')).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(compute('throw null', 'int64')).rejects.toMatchObject({ code: 'invalid_request' })
    expect(() => openOnDemand(compileService(content('int64')), 'var slipwayOnDemand = { g() {} }')).toThrow(/exports no function f; it exports g/)
  })

  it('gives no way back to this realm', async () => {
    await expect(compute("return i.constructor.constructor('return process')().pid", 'int64')).rejects.toThrow(/Code generation/)
  })
})
