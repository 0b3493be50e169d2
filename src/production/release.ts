import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatActor, type Actor } from '../core/actor.ts'
import { canonicalize, type Json } from '../core/canonical.ts'
import type { Clock } from '../core/clock.ts'
import type { StoredEndpoint } from '../core/definition.ts'
import { digestOf, sha256 } from '../core/digest.ts'
import { SlipwayError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import type { ApprovalRecord, GateRecord, ModelVersion, RegistryPort } from '../core/ports/registry.ts'
import { formatTime, type Micros } from '../core/time.ts'
import type { Metadata } from '../metadata/index.ts'
import { makeFolder, writeFileDurably, type BlobStore } from '../store/index.ts'
import type { BuildInfo } from './build-info.ts'
import type { ContentStore } from './loaded-content.ts'
import { serializer } from './mutex.ts'
import { suggest } from '../core/nearest-name.ts'
import { buildArchive, jsonMember, openArchive, type Members, type ReleaseManifest } from './release-archive.ts'

/** Permission to serve without a gate: why, and until when. */
export interface Waiver { id: string; endpoint: string; contentDigest: string; reason: string; until: Micros; actor: string; at: Micros }

/** Document `release/<id>`: content + gate + approval + lineage, never changed. */
export interface Release {
  /** `<endpoint>@<6-digit number>` */
  id: string
  endpoint: string
  number: number
  model: string
  modelVersion: number
  contentDigest: string
  run: string
  lineage: ModelVersion['lineage']
  gate: GateRecord | null
  approval: ApprovalRecord | null
  waiver: Waiver | null
  /** Served straight from a file, under its waiver. */
  unmanaged?: true
  /** Path of the archive within the home, and its SHA-256. */
  zip: string
  zipDigest: string
  created: Micros
  actor: string
}

export interface ReleaseRequest { endpoint: string; /** Default: the endpoint's model. */ model?: string; /** Default: the newest. */ version?: number; actor: Actor; waiver?: { reason: string; until: Micros } }

/** Releases of a home: made, listed, read back and verified. */
export interface Releases {
  /**
   * `brought`: of this version, which no registry need know.
   * @throws SlipwayError `not_deployable`, `gate_refused`, `approval_required`, `unknown_endpoint`, `not_found`, `storage_full`.
   */
  create(request: ReleaseRequest, brought?: ModelVersion): Promise<{ release: Release; ledger: number }>
  get(endpoint: string, release: number | string): Promise<Release>
  list(endpoint: string): Promise<Release[]>
  /** Opens the archive. `corrupt` unless every digest is as recorded. */
  read(endpoint: string, release: number | string): Promise<{ release: Release; manifest: ReleaseManifest; members: Members }>
  /** What of a release is not there any more, in words: its archive, and what its content is made of. */
  missing(endpoint: string, release: number | string): Promise<string[]>
  verify(): Promise<{ checked: number; problems: { place: string; what: string; remedy: string }[] }>
}

export function releaseId(endpoint: string, number: number): string { return `${endpoint}@${String(number).padStart(6, '0')}` }

/** The number of a release by its id. */
export function releaseNumber(id: string): number { return Number(id.slice(id.lastIndexOf('@') + 1)) }

export function openReleases(parts: { metadata: Metadata; blobs: BlobStore; registry: RegistryPort; contents: ContentStore; clock: Clock; home: string; build: BuildInfo }): Releases {
  const { metadata, blobs, registry, contents, clock, home, build } = parts
  const oneAtATime = serializer()

  const list: Releases['list'] = async endpoint => (await metadata.list<Release>('release', { prefix: `${endpoint}@` })).map(d => d.body)

  const get: Releases['get'] = async (endpoint, release) => {
    const number = typeof release === 'number' ? release : Number(release.startsWith(`${endpoint}@`) ? release.slice(endpoint.length + 1) : release)
    const found = Number.isSafeInteger(number) && number > 0 ? await metadata.get<Release>('release', releaseId(endpoint, number)) : null
    if (found === null) throw new SlipwayError('not_found', `${endpoint} has no release ${JSON.stringify(release)}.`)
    return found.body
  }

  const create = async ({ endpoint, model, version, actor, waiver: asked }: ReleaseRequest, brought?: ModelVersion): Promise<{ release: Release; ledger: number }> => {
    const definition = await getEndpoint(metadata, endpoint)
    if (model !== undefined && model !== definition.model) throw new SlipwayError('invalid_request', `${endpoint} serves the model ${definition.model}, not ${model}.`, { faults: [{ path: 'model', message: `must be ${definition.model}` }] })
    const candidate = brought ?? await registry.getVersion(definition.model, version ?? null)
    if (digestOf(candidate.content as unknown as Json) !== candidate.contentDigest) throw new SlipwayError('corrupt', `${candidate.model}@${candidate.version}: its content is not what its digest says.`)
    const at = clock.recorded()
    const waiver = asked === undefined ? null : makeWaiver(asked, candidate, endpoint, actor, at, clock.now())
    if (waiver === null) assertJudged(candidate)

    const members = await collect(candidate, waiver)
    const last = await metadata.list<Release>('release', { prefix: `${endpoint}@`, reverse: true, limit: 1 })
    const number = (last[0]?.body.number ?? 0) + 1
    const bytes = buildArchive({ endpoint, number, contentDigest: candidate.contentDigest, created: at, build }, members)
    const zip = `releases/${endpoint}@${number}.zip`
    // The file first: a crash before the document leaves a file that nothing names, and the next release of this number replaces it.
    makeFolder(join(home, 'releases'))
    writeFileDurably(join(home, zip), bytes)
    const release: Release = {
      id: releaseId(endpoint, number), endpoint, number, model: candidate.model, modelVersion: candidate.version, contentDigest: candidate.contentDigest, run: candidate.run,
      lineage: candidate.lineage, gate: candidate.gate, approval: candidate.approval, waiver, ...(definition.unmanaged === true ? { unmanaged: true } : {}), zip, zipDigest: sha256(bytes), created: at, actor: formatActor(actor),
    }
    const { ledger } = await metadata.change(
      { actor, action: 'release.created', subject: `release/${release.id}`, details: { contentDigest: release.contentDigest, zipDigest: release.zipDigest, ungated: waiver !== null, ...(definition.unmanaged === true ? { unmanaged: true, waiver: waiver?.reason, artifact: candidate.content.model.digest } : {}) } },
      async tx => {
        if (waiver !== null) await tx.put('waiver', waiver.id, waiver, { revision: 0 })
        await tx.put('release', release.id, release, { revision: 0 })
      })
    return { release, ledger }
  }

  async function collect({ content, contentDigest, gate, approval, lineage, model, version, run }: ModelVersion, waiver: Waiver | null): Promise<Members> {
    if (await contents.save(content) !== contentDigest) throw new SlipwayError('corrupt', `${model}@${version}: its content is not stored under its digest.`)
    const members: Members = {
      'content/content.json': new TextEncoder().encode(canonicalize(content as unknown as Json)),
      'content/model.bin': await blobs.get(content.model.digest),
      'content/features.json': jsonMember(content.features),
      'content/threshold.json': jsonMember(content.threshold),
      'gate.json': jsonMember(gate), 'approval.json': jsonMember(approval), 'waiver.json': jsonMember(waiver),
      'lineage.json': jsonMember({ model, version, run, ...lineage }),
    }
    if (content.features.onDemandDigest !== null) members['content/on-demand.js'] = await blobs.get(content.features.onDemandDigest)
    return members
  }

  const read: Releases['read'] = async (endpoint, release) => {
    const found = await get(endpoint, release)
    const fail = (what: string, cause?: unknown): never => { throw new SlipwayError('corrupt', `${found.zip}: ${what}.`, { cause }) }
    const bytes = await readFile(join(home, found.zip)).catch((error: unknown) => fail('cannot be read', error))
    const whole = sha256(bytes) === found.zipDigest
    const { manifest, members } = openArchive(bytes, found.zip)
    if (!whole) fail('its bytes are not those that were recorded, though its members are')
    if (manifest.contentDigest !== found.contentDigest || sha256(members['content/content.json']) !== found.contentDigest) fail('content/content.json is not the content of this release')
    return { release: found, manifest, members }
  }

  const missing: Releases['missing'] = async (endpoint, release) => {
    const { zip, contentDigest } = await get(endpoint, release)
    const gone: string[] = []
    if (!existsSync(join(home, zip))) gone.push(`its archive ${zip}`)
    const lost = async (what: string, digest: string): Promise<boolean> => {
      if (await blobs.has(digest)) return false
      gone.push(`its ${what} (blob ${digest.slice(0, 12)})`)
      return true
    }
    // What a lost content refers to is not known here; the archive names it.
    if (await lost('content', contentDigest)) return gone
    const { model, features } = await contents.describe(contentDigest)
    await lost('model', model.digest)
    if (features.onDemandDigest !== null) await lost('on-demand code', features.onDemandDigest)
    return gone
  }

  return {
    create: (request, brought) => oneAtATime(() => create(request, brought)),
    get, list, read, missing,
    async verify() {
      const problems: { place: string; what: string; remedy: string }[] = []
      const all = await metadata.list<Release>('release')
      for (const { body } of all) {
        try { await read(body.endpoint, body.number) } catch (error) {
          if (!(error instanceof SlipwayError)) throw error
          problems.push({ place: body.zip, what: error.message, remedy: error.remedy })
        }
      }
      return { checked: all.length, problems }
    },
  }
}

/** The endpoint's definition. `unknown_endpoint`, with the nearest name, when there is none. */
export async function getEndpoint(metadata: Metadata, name: string): Promise<StoredEndpoint> {
  const found = typeof name === 'string' ? await metadata.get('endpoint', name) : null
  if (found !== null) return found.body as unknown as StoredEndpoint
  const known = (await metadata.list('endpoint')).map(d => d.id)
  throw new SlipwayError('unknown_endpoint', `There is no endpoint ${JSON.stringify(String(name).slice(0, 60))}.${suggest(String(name), known)}`)
}

/** Refuses a candidate without a passed gate and an approval of exactly this content. */
function assertJudged({ model, version, contentDigest, gate, approval }: ModelVersion): void {
  const name = `${model}@${version}`
  if (gate === null) throw new SlipwayError('not_deployable', `${name} has no gate.`)
  if (gate.contentDigest !== contentDigest) throw new SlipwayError('not_deployable', `The gate ${gate.id} judged other content than that of ${name}.`)
  if (!gate.passed) throw new SlipwayError('gate_refused', `The gate ${gate.id} refused ${name}: ${gate.reason}`)
  if (approval === null) throw new SlipwayError('approval_required', `${name} passed its gate ${gate.id} and waits for an approval.`)
  if (approval.contentDigest !== contentDigest || approval.gate !== gate.id) throw new SlipwayError('approval_required', `The approval ${approval.id} is not for the gate ${gate.id} of ${name}.`)
  if (!approval.approved) throw new SlipwayError('approval_required', `${approval.actor} refused ${name}: ${approval.reason}`)
}

function makeWaiver(asked: { reason: string; until: Micros }, candidate: ModelVersion, endpoint: string, actor: Actor, at: Micros, now: Micros): Waiver {
  const faults = []
  if (typeof asked.reason !== 'string' || asked.reason.trim().length < 3) faults.push({ path: 'waiver.reason', message: 'must say why, in at least 3 characters' })
  if (!Number.isSafeInteger(asked.until) || asked.until <= now) faults.push({ path: 'waiver.until', message: `must be a time after ${formatTime(now)}` })
  if (faults.length > 0) throw new SlipwayError('invalid_request', `${faults[0].path} ${faults[0].message}.`, { faults })
  return { id: newId('waiv'), endpoint, contentDigest: candidate.contentDigest, reason: asked.reason, until: asked.until, actor: formatActor(actor), at }
}
