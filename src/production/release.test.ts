import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { strFromU8, unzipSync, zipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256 } from '../core/digest.ts'
import { HOUR } from '../core/time.ts'
import type { ModelVersion } from '../core/ports/registry.ts'
import { ADA, ENDPOINT, goodRow, openBench, START, type Bench } from './production.fixture.ts'
import { buildArchive } from './release-archive.ts'
import { releaseId, releaseNumber } from './release.ts'

let bench: Bench
beforeEach(async () => { bench = await openBench() })
afterEach(() => bench.close())
const endpoint = ENDPOINT.name
const create = (waiver?: { reason: string; until: number }) => bench.production.createRelease({ endpoint, actor: ADA, ...(waiver === undefined ? {} : { waiver }) })

it('tells the number by the id, of the millionth too', () => {
  for (const n of [1, 42, 999_999, 1_000_000]) expect(releaseNumber(releaseId('late-order', n))).toBe(n)
})

describe('a release is refused', () => {
  const table: [string, (v: ModelVersion) => void, string][] = [
    ['without a gate', v => { v.gate = null }, 'not_deployable'],
    ['with the gate of other content', v => { v.gate!.contentDigest = '0'.repeat(64) }, 'not_deployable'],
    ['when the gate refused', v => { v.gate!.passed = false }, 'gate_refused'],
    ['without an approval', v => { v.approval = null }, 'approval_required'],
    ['with the approval of other content', v => { v.approval!.contentDigest = '0'.repeat(64) }, 'approval_required'],
    ['with the approval of another gate', v => { v.approval!.gate = 'gate_x' }, 'approval_required'],
    ['when a person said no', v => { v.approval!.approved = false }, 'approval_required'],
    ['when its content is not that of its digest', v => { v.content = { ...v.content, threshold: 0.4 } }, 'corrupt'],
  ]
  it.each(table)('%s', async (_what, change, code) => {
    await bench.addVersion(0, change)
    await expect(create()).rejects.toMatchObject({ code })
    expect(await bench.production.listReleases(endpoint)).toEqual([])
  })
  it('for an endpoint that is not declared, and for the model of another', async () => {
    await bench.addVersion(0)
    await expect(bench.production.createRelease({ endpoint: 'nowhere', actor: ADA })).rejects.toMatchObject({ code: 'unknown_endpoint' })
    await expect(bench.production.createRelease({ endpoint, model: 'other', actor: ADA })).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(bench.production.createRelease({ endpoint, version: 9, actor: ADA })).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('a release', () => {
  it('is one zip with everything, numbered, recorded in the ledger', async () => {
    const version = await bench.addVersion(0)
    const { release, ledger } = await create()
    expect(release).toMatchObject({ id: 'flight-delay@000001', number: 1, contentDigest: version.contentDigest, zip: 'releases/flight-delay@1.zip' })
    expect(await bench.metadata.ledger.get(ledger)).toMatchObject({ action: 'release.created', subject: 'release/flight-delay@000001', actor: 'user:ada' })
    const bytes = readFileSync(join(bench.dir, release.zip))
    expect(sha256(bytes)).toBe(release.zipDigest)
    const files = unzipSync(bytes)
    expect(Object.keys(files)).toEqual(['manifest.json', 'approval.json', 'content/content.json', 'content/features.json', 'content/model.bin', 'content/on-demand.js', 'content/threshold.json', 'gate.json', 'lineage.json', 'waiver.json'])
    expect(sha256(files['content/content.json'])).toBe(version.contentDigest)
    expect(sha256(files['content/model.bin'])).toBe(version.content.model.digest)
    expect(sha256(files['content/on-demand.js'])).toBe(version.content.features.onDemandDigest)
    const manifest = JSON.parse(strFromU8(files['manifest.json'])) as { build: { node: string; slipway: string; dependencies: Record<string, unknown> }; contentDigest: string }
    expect(manifest).toMatchObject({ contentDigest: version.contentDigest, build: { node: process.versions.node } })
    expect(manifest.build.slipway).toMatch(/^\d/)
    expect(manifest.build.dependencies).toHaveProperty('fflate')
    expect((await create()).release.number).toBe(2)
    expect(await bench.production.verifyReleases()).toEqual({ checked: 2, problems: [] })
  })

  it('has the same bytes whenever and in whatever order its members come', () => {
    const manifest = { endpoint, number: 1, contentDigest: 'x', created: START, build: { slipway: '1', node: '26', v8: '1', platform: 'linux-x64', dependencies: {} } }
    const a = new TextEncoder().encode('a'.repeat(1000))
    const b = new TextEncoder().encode('b')
    expect(buildArchive(manifest, { 'gate.json': a, 'approval.json': b })).toEqual(buildArchive(manifest, { 'approval.json': b, 'gate.json': a }))
  })

  it('is corrupt after any one byte has changed', async () => {
    await bench.addVersion(0)
    const { release } = await create()
    const path = join(bench.dir, release.zip)
    const bytes = readFileSync(path)
    for (let i = 0; i < bytes.length; i += 37) {
      const changed = Buffer.from(bytes)
      changed[i] ^= 0x10
      writeFileSync(path, changed)
      await expect(bench.production.readRelease(endpoint, 1)).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining('releases/flight-delay@1.zip') })
    }
    writeFileSync(path, bytes.subarray(0, bytes.length - 1))
    expect((await bench.production.verifyReleases()).problems).toMatchObject([{ place: 'releases/flight-delay@1.zip' }])
    // A whole archive made anew around another model is found by the digest that the ledger covers; the member is named.
    const files = unzipSync(bytes)
    files['content/model.bin'] = new TextEncoder().encode('{}')
    writeFileSync(path, zipSync(files))
    await expect(bench.production.readRelease(endpoint, 1)).rejects.toThrow(/content\/model.bin/)
    await expect(bench.production.deploy({ endpoint, release: 1, actor: ADA })).rejects.toMatchObject({ code: 'corrupt' })
    files['../evil'] = new Uint8Array(1)
    writeFileSync(path, zipSync(files))
    await expect(bench.production.readRelease(endpoint, 1)).rejects.toThrow(/evil/)
    writeFileSync(path, bytes)
    await bench.production.readRelease(endpoint, 1)
  })

  it('may be waived for a time, and is marked ungated', async () => {
    await bench.addVersion(0, v => { v.gate = null; v.approval = null })
    await expect(create({ reason: '', until: START - 1 })).rejects.toMatchObject({ code: 'invalid_request', faults: [{ path: 'waiver.reason' }, { path: 'waiver.until' }] })
    const { release, ledger } = await create({ reason: 'a demonstration', until: START + HOUR })
    expect(release.waiver).toMatchObject({ reason: 'a demonstration', actor: 'user:ada' })
    expect(await bench.metadata.get('waiver', release.waiver!.id)).not.toBeNull()
    expect(await bench.metadata.ledger.get(ledger)).toMatchObject({ details: { ungated: true } })
    await bench.production.deploy({ endpoint, release: 1, actor: ADA })
    const { predictions } = await bench.production.predict({ endpoint, rows: [goodRow()], caller: 'ada' })
    const trace = await bench.production.trace(predictions[0].id)
    expect(trace.missing.join('; ')).toMatch(/gate: .*waived/)
    bench.clock.freeze(START + HOUR)
    await expect(bench.production.predict({ endpoint, rows: [goodRow()], caller: 'ada' })).rejects.toMatchObject({ code: 'not_deployable', message: expect.stringContaining('ended') })
    await expect(bench.production.deploy({ endpoint, release: 1, actor: ADA })).rejects.toMatchObject({ code: 'not_deployable' })
  })
})
