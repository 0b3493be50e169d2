import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canonicalize, type Json } from '../../core/canonical.ts'
import { ada, openSmallHome, type OpenedHome } from '../fixtures/small-home.ts'
import type { Definition } from '../metadata.ts'
import { differences } from './difference.ts'

describe('differences of two bodies', () => {
  it('name the field, and match named members of lists by name', () => {
    const view = (window: string, more: object[] = []): Json => ({ name: 'origin', features: [...more, { name: 'mean_1h', window }, { name: 'count_1h', window: '1h' }] } as Json)
    expect(differences(view('1h'), view('2h'))).toEqual([{ path: 'features.mean_1h.window', from: '1h', to: '2h' }])
    expect(differences(view('1h'), view('1h', [{ name: 'max_1h' }]))).toEqual([{ path: 'features.max_1h', from: null, to: { name: 'max_1h' } }])
    expect(differences({ a: 1, b: { c: [1, 2] } }, { b: { c: [2, 1] }, d: true })).toEqual([
      { path: 'a', from: 1, to: null }, { path: 'b.c', from: [1, 2], to: [2, 1] }, { path: 'd', from: null, to: true },
    ])
  })

  it('see an order of named members that changed', () => {
    const [a, b] = [{ name: 'a' }, { name: 'b' }]
    expect(differences({ list: [a, b] }, { list: [b, a] })).toEqual([{ path: 'list', from: [a, b], to: [b, a] }])
  })

  it('are none exactly when the canonical forms are equal', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (a, b) => {
      expect(differences(a as Json, a as Json)).toEqual([])
      // A missing member and a null one have no difference to show, and the parent is shown instead.
      expect(differences(a as Json, b as Json).length === 0).toBe(canonicalize(a as Json) === canonicalize(b as Json))
    }))
  })
})

describe('a project', () => {
  let dir: string
  let home: OpenedHome
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'slipway-project-'))
    home = await openSmallHome(dir)
  })
  afterEach(async () => {
    await home.close()
    rmSync(dir, { recursive: true, force: true })
  })

  const entity: Definition = { kind: 'entity', id: 'airport', body: { name: 'airport', key: 'origin', type: 'string' } }
  const view = (window: string): Definition => ({ kind: 'view', id: 'origin', body: { name: 'origin', features: [{ name: 'mean', window }] } })

  it('is registered as one change that lists what differs, and not again when nothing does', async () => {
    const { metadata } = home
    const plan = await metadata.plan([entity, view('1h')])
    expect(plan.map(d => [d.kind, d.id, d.change])).toEqual([['entity', 'airport', 'added'], ['view', 'origin', 'added']])
    expect(await metadata.apply(ada, 'flights', [entity, view('1h')])).toEqual({ differences: plan, ledger: 0 })
    expect(await metadata.apply(ada, 'flights', [entity, view('1h')])).toEqual({ differences: [], ledger: null })
    expect(metadata.ledger.size).toBe(1)
    const { differences: changed, ledger } = await metadata.apply(ada, 'flights', [entity, view('3h')])
    expect(changed).toEqual([{ kind: 'view', id: 'origin', change: 'changed', fields: [{ path: 'features.mean.window', from: '1h', to: '3h' }] }])
    expect(await metadata.ledger.get(ledger as number)).toMatchObject({ action: 'project.applied', subject: 'project/flights', actor: 'user:ada', details: { differences: changed } })
    expect((await metadata.trail('view', 'origin')).map(entry => entry.index)).toEqual([0, 1])
    expect((await metadata.get('view', 'origin'))?.revision).toBe(2)
    expect((await metadata.get('entity', 'airport'))?.revision).toBe(1)
  })

  it('removes what it no longer declares, and leaves what others own', async () => {
    const { metadata } = home
    const other: Definition = { kind: 'entity', id: 'plane', body: { name: 'plane' } }
    await metadata.apply(ada, 'flights', [entity, view('1h')])
    await metadata.apply(ada, 'planes', [other])
    expect((await metadata.plan([entity])).map(d => [d.id, d.change])).toEqual([['origin', 'removed']])
    expect((await metadata.apply(ada, 'flights', [entity])).differences).toEqual([{ kind: 'view', id: 'origin', change: 'removed', fields: [{ path: '', from: view('1h').body, to: null }] }])
    expect(await metadata.get('view', 'origin')).toBeNull()
    expect(await metadata.get('entity', 'plane')).not.toBeNull()
    await expect(metadata.apply(ada, 'flights', [entity, other])).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('planes') as string })
    await expect(metadata.apply(ada, 'flights', [entity, entity])).rejects.toMatchObject({ code: 'invalid_definition' })
    expect((await metadata.verify()).problems).toEqual([])
  })
})
