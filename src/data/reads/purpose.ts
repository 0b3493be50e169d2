// Reads of history are for a stated purpose, and a dataset may forbid some. `assertPurpose` before, a ledger entry after.
import { formatActor, type Actor } from '../../core/actor.ts'
import type { DatasetDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { Metadata } from '../../metadata/index.ts'
import type { DatasetVersion } from '../dataset.ts'

const LONGEST = 200

/** Who reads, what for, and by which action of the ledger (`dataset.exported`). */
export interface HistoryRead { actor: Actor; purpose: string; action: string }

/** A purpose without space around it; `fallback` where none is given. @throws SlipwayError `invalid_request` when there is none at all. */
export function readPurpose(given: unknown, fallback?: string): string {
  const text = given === undefined || given === null ? fallback : given
  if (text === undefined) throw new SlipwayError('invalid_request', 'A read of history needs a purpose: what the rows are for, in a few words.', { faults: [{ path: 'purpose', message: 'is missing' }] })
  const purpose = typeof text === 'string' ? text.trim() : ''
  if (purpose === '' || purpose.length > LONGEST || !purpose.isWellFormed()) {
    throw new SlipwayError('invalid_request', `A purpose must be text of 1 to ${LONGEST} characters.`, { faults: [{ path: 'purpose', message: `must be text of 1 to ${LONGEST} characters` }] })
  }
  return purpose
}

/**
 * Refuses a read that a dataset forbids: one of the versions, or one that it was made from, belongs to it, or it is named. The refusal is recorded as
 * `read.refused`.
 * @throws SlipwayError `purpose_forbidden`, naming dataset and words.
 */
export async function assertPurpose(metadata: Pick<Metadata, 'get' | 'list' | 'record'>, { actor, purpose, action }: HistoryRead, versions: Iterable<string>, named: Iterable<string> = []): Promise<void> {
  const read = [...new Set(versions)]
  const datasets = (await metadata.list<DatasetDefinition & Record<string, never>>('dataset')).map(d => d.body as DatasetDefinition).filter(d => (d.forbidPurposes ?? []).length > 0)
  if (datasets.length === 0) return
  const names = new Set([...named, ...await datasetsBehind(metadata, read)])
  for (const { name, forbidPurposes = [] } of datasets) {
    const words = names.has(name) ? forbidPurposes.find(f => forbids(f, purpose)) : undefined
    if (words === undefined) continue
    await metadata.record({ actor, action: 'read.refused', subject: `dataset/${name}`, details: { read: action, purpose, forbidden: words, versions: read } })
    throw new SlipwayError('purpose_forbidden', `Dataset ${name} may not be read for ${JSON.stringify(purpose)}: it forbids ${JSON.stringify(words)}. The refusal of ${formatActor(actor)} is recorded.`)
  }
}

/** Whether the forbidden words stand in the purpose, as whole words in any case. */
export function forbids(forbidden: string, purpose: string): boolean {
  const words = (text: string): string => ` ${text.normalize('NFKC').toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(w => w !== '').join(' ')} `
  return words(forbidden).trim() !== '' && words(purpose).includes(words(forbidden))
}

/** The datasets that these versions belong to, and those that they were made from. */
async function datasetsBehind(metadata: Pick<Metadata, 'get' | 'list'>, versions: readonly string[]): Promise<Set<string>> {
  const seen = new Set<string>()
  const names = new Set<string>()
  const open = [...versions]
  for (let version = open.pop(); version !== undefined; version = open.pop()) {
    if (seen.has(version)) continue
    seen.add(version)
    const found = (await metadata.get<DatasetVersion>('datasetVersion', version))?.body
    if (found === undefined) continue
    names.add(found.name)
    open.push(...found.parents)
  }
  // The same content under another name is that dataset's too.
  for (const { id, body } of await metadata.list<{ version: string }>('datasetHead')) if (seen.has(body.version)) names.add(id)
  return names
}
