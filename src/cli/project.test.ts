import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import flights from '../../examples/flights/slipway.ts'
import { loadProject } from './project.ts'

const dir = mkdtempSync(join(tmpdir(), 'slipway-project-'))
afterAll(() => { rmSync(dir, { recursive: true, force: true }) })

const load = (text: string): ReturnType<typeof loadProject> => {
  writeFileSync(join(dir, 'slipway.yaml'), text)
  return loadProject('.', dir)
}

describe('a project in YAML', () => {
  it('says the same as in TypeScript', async () => {
    const plain = { ...flights, services: flights.services.map(({ onDemand: _onDemand, ...service }) => service) }
    expect((await load(stringify(plain))).project).toEqual(JSON.parse(JSON.stringify(plain)))
  })

  it('takes anchors, and words that older YAML took for true and false, as text', async () => {
    const { project } = await load('name: &n no\nentities: [{ name: a, key: *n, type: string }]\n')
    expect(project).toEqual({ name: 'no', entities: [{ name: 'a', key: 'no', type: 'string' }] })
  })

  it.each([
    ['a key given twice', 'name: a\nname: b\n', /line 2: Map keys must be unique/],
    ['a wrong indent', 'name: a\n  entities: []\n', /line 1: Nested mappings/],
    ['a tag of another language', 'name: !!python/object:os.system x\n', /line 1: Unresolved tag/],
    ['an anchor that is not there', 'name: *none\n', /none/],
    ['anchors that multiply each other', `a: &a [x,x,x,x,x,x,x,x,x,x]\n${[...'bcdefg'].map((c, i) => `${c}: &${c} [${Array(10).fill(`*${'abcdefg'[i]}`).join(',')}]`).join('\n')}\n`, /alias/],
    ['nothing', '', /must hold the project/],
    ['a list', '- a\n', /must hold the project/],
  ])('refuses %s', async (_name, text, message) => {
    await expect(load(text)).rejects.toMatchObject({ code: 'invalid_definition', message: expect.stringMatching(message) })
  })
})
