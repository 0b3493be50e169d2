// The manifest of a sealed segment: what it holds, with the digest of each file. Canonical JSON, so that one content has one text.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalize, type Json } from '../../core/canonical.ts'
import { sha256 } from '../../core/digest.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { Column } from '../../core/schema.ts'
import type { SealedSegment } from './journal.ts'

export const MANIFEST = 'manifest.json'
export const LEAVES = 'leaves.bin'
export const TEMP_PREFIX = '.sealing-'
export const SEGMENT_FORMAT = 'slipway-segment'

export interface SegmentFile { file: string; /** Hex. */ sha256: string; rows: number }

export interface SegmentStream extends SegmentFile { name: string; columns: Column[] }

export interface SegmentManifest {
  format: typeof SEGMENT_FORMAT
  version: 1
  first: number
  last: number
  streams: SegmentStream[]
  /** 32 bytes a row, by sequence: its leaf hash. */
  leaves: SegmentFile
  /** Merkle root (RFC 6962) over the leaf hashes, hex. */
  root: string
}

export function formatManifest(manifest: SegmentManifest): string { return `${canonicalize(manifest as unknown as Json)}\n` }

/** @throws SlipwayError `corrupt` when the file is not what `formatManifest` writes. */
export function readManifest(dir: string): { manifest: SegmentManifest; digest: string } {
  const path = join(dir, MANIFEST)
  try {
    const text = readFileSync(path, 'utf8')
    const manifest = JSON.parse(text) as SegmentManifest
    if (manifest.format !== SEGMENT_FORMAT || manifest.version !== 1) throw new Error(`format ${manifest.format} version ${manifest.version} is not known`)
    if (formatManifest(manifest) !== text) throw new Error('it is not in canonical form')
    return { manifest, digest: sha256(text) }
  } catch (error) {
    throw new SlipwayError('corrupt', `${path} cannot be read: ${(error as Error).message}.`, { cause: error })
  }
}

/** The sealed segments of a folder, the oldest first. @throws SlipwayError `corrupt` for a manifest that cannot be read. */
export function listSealed(segmentsDir: string): SealedSegment[] {
  if (!existsSync(segmentsDir)) return []
  return readdirSync(segmentsDir).filter(name => /^\d{12}$/.test(name)).sort().map(name => describeSealed(join(segmentsDir, name)))
}

export function describeSealed(dir: string): SealedSegment {
  const { manifest, digest } = readManifest(dir)
  return { first: manifest.first, last: manifest.last, dir, root: manifest.root, manifest: digest }
}
