import { canonicalize, parseCanonical, type Json } from '../../core/canonical.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { Body, StagedEntry } from '../../store/index.ts'
import type { LedgerEntry } from '../metadata.ts'

/** All of an entry but its number: what is staged with a change. The number alone is added later, so that the line can be written again to the byte. */
export type UnnumberedEntry = Omit<LedgerEntry, 'index'>

export function stagedOf(entry: UnnumberedEntry): StagedEntry { return { id: entry.id, record: entry as unknown as Body } }

/** The line of a staged entry under its number, without the newline. */
export function lineOf(staged: StagedEntry, index: number): Buffer {
  return Buffer.from(canonicalize({ ...staged.record, index } as Json))
}

/** @throws SlipwayError `corrupt` when the line is no entry, or not in canonical form. */
export function parseLine(line: Uint8Array): LedgerEntry {
  const text = Buffer.from(line).toString()
  let entry: LedgerEntry
  try {
    const json = parseCanonical(text)
    if (canonicalize(json) !== text) throw new SlipwayError('corrupt', 'not canonical')
    entry = json as unknown as LedgerEntry
  } catch (cause) {
    throw new SlipwayError('corrupt', 'The line is not a canonical record.', { cause })
  }
  if (entry === null || typeof entry !== 'object' || typeof entry.index !== 'number' || typeof entry.id !== 'string' || !Array.isArray(entry.documents)) throw new SlipwayError('corrupt', 'The line is no ledger entry.')
  return entry
}
