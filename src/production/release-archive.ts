// The zip of a release. Deterministic: the same members and manifest give the same bytes.
import { unzipSync, zipSync, type Zippable } from 'fflate'
import { canonicalize, parseCanonical, type Json } from '../core/canonical.ts'
import { sha256 } from '../core/digest.ts'
import { SlipwayError } from '../core/errors.ts'
import type { Micros } from '../core/time.ts'
import type { BuildInfo } from './build-info.ts'

export interface ReleaseManifest {
  endpoint: string
  number: number
  contentDigest: string
  created: Micros
  /** SHA-256 of every other member. */
  members: Record<string, string>
  build: BuildInfo
}

/** Member name → bytes, the manifest not among them. */
export type Members = Record<string, Uint8Array>

/** fflate writes local time: a local date is the same everywhere. 1980 is the first year that a zip can say. */
const EPOCH = new Date(1980, 0, 1, 0, 0, 0)
const MANIFEST = 'manifest.json'
const NAME = /^(?:manifest|gate|approval|lineage|waiver)\.json$|^content\/(?:model\.bin|content\.json|features\.json|on-demand\.js|threshold\.json)$/
const LARGEST = 1 << 30

export function jsonMember(value: unknown): Uint8Array { return new TextEncoder().encode(`${canonicalize(value as Json)}\n`) }

export function readJsonMember<T>(bytes: Uint8Array): T { return parseCanonical(new TextDecoder().decode(bytes)) as T }

export function buildArchive(manifest: Omit<ReleaseManifest, 'members'>, members: Members): Uint8Array {
  const names = Object.keys(members).sort()
  const full: ReleaseManifest = { ...manifest, members: Object.fromEntries(names.map(n => [n, sha256(members[n])])) }
  const files: Zippable = { [MANIFEST]: jsonMember(full) }
  for (const name of names) files[name] = members[name]
  return zipSync(files, { level: 6, mtime: EPOCH, os: 3 })
}

/**
 * Opens an archive and checks every member against the manifest.
 * @throws SlipwayError `corrupt`, naming the member.
 */
export function openArchive(bytes: Uint8Array, name: string): { manifest: ReleaseManifest; members: Members } {
  const fail = (what: string, cause?: unknown): never => { throw new SlipwayError('corrupt', `${name}: ${what}.`, { cause }) }
  let total = 0
  let files: Members
  try {
    files = unzipSync(bytes, { filter: file => {
      total += file.originalSize
      if (!NAME.test(file.name)) fail(`has a member ${JSON.stringify(file.name.slice(0, 60))}, which no release has`)
      if (total > LARGEST) fail(`unpacks to more than ${LARGEST} bytes`)
      return true
    } })
  } catch (error) {
    if (error instanceof SlipwayError) throw error
    return fail('is no zip', error)
  }
  const { [MANIFEST]: raw, ...members } = files
  if (raw === undefined) return fail(`has no ${MANIFEST}`)
  let manifest: ReleaseManifest
  try { manifest = readJsonMember<ReleaseManifest>(raw) } catch (error) { return fail(`${MANIFEST} is not what was written`, error) }
  for (const [member, digest] of Object.entries(manifest.members)) {
    if (!Object.hasOwn(members, member)) fail(`lacks ${member}`)
    if (sha256(members[member]) !== digest) fail(`${member} is not what the manifest says`)
  }
  for (const member of Object.keys(members)) if (!Object.hasOwn(manifest.members, member)) fail(`has ${member}, which the manifest does not know`)
  return { manifest, members }
}
