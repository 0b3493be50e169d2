// The manifest of a sealed segment: what it holds, with the digest of each file. Canonical JSON, so that one content has one text.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalize, parseCanonical, type Json } from '../../core/canonical.ts'
import { sha256 } from '../../core/digest.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { Column, ColumnType } from '../../core/schema.ts'
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
    const manifest = parseCanonical(text) as unknown as SegmentManifest
    if (manifest.format !== SEGMENT_FORMAT || manifest.version !== 1) throw new Error(`format ${manifest.format} version ${manifest.version} is not known`)
    if (!isComplete(manifest)) throw new Error('a field is missing or has another type')
    if (formatManifest(manifest) !== text) throw new Error('it is not in canonical form')
    return { manifest, digest: sha256(text) }
  } catch (error) {
    throw new SlipwayError('corrupt', `${path} cannot be read: ${(error as Error).message}.`, { cause: error })
  }
}

const TYPES: readonly string[] = ['float64', 'int64', 'boolean', 'string', 'timestamp'] satisfies ColumnType[]

function isComplete(m: SegmentManifest): boolean {
  const isCount = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) > 0
  const isHash = (h: unknown): boolean => typeof h === 'string' && /^[0-9a-f]{64}$/.test(h)
  // Names are joined to the segment's folder, and must not lead out of it.
  const isFile = (f: SegmentFile | undefined): boolean => f !== undefined && typeof f.file === 'string' && /^\w[\w.-]*$/.test(f.file) && isHash(f.sha256) && isCount(f.rows)
  const isColumn = (c: Column): boolean => typeof c.name === 'string' && TYPES.includes(c.type)
  return isCount(m.first) && isCount(m.last) && m.last >= m.first && m.last - m.first < 2 ** 31 && isHash(m.root) && isFile(m.leaves)
    && m.leaves.rows === m.last - m.first + 1 && Array.isArray(m.streams) && m.streams.length < 2 ** 16
    && m.streams.every(s => isFile(s) && typeof s.name === 'string' && Array.isArray(s.columns) && s.columns.every(isColumn))
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
