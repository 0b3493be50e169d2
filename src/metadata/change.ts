import { formatActor } from '../core/actor.ts'
import type { Json } from '../core/canonical.ts'
import type { Clock } from '../core/clock.ts'
import { digestOf } from '../core/digest.ts'
import { newId } from '../core/ids.ts'
import type { BlobStore, Database } from '../store/index.ts'
import type { Ledger } from './ledger/ledger.ts'
import { stagedOf } from './ledger/record.ts'
import type { Change, EntryInput, RecordedDocument } from './metadata.ts'

/** What a change needs. */
export interface ChangeParts { database: Database; blobs: BlobStore; ledger: Pick<Ledger, 'settle'>; clock: Clock }

/**
 * Runs `write` in a transaction and stages its entry in the same one; returns when both are durable and the entry has its number.
 * What `write` throws rolls everything back, entry included.
 */
export async function change<T>(parts: ChangeParts, input: EntryInput, write: (tx: Change) => Promise<T>): Promise<{ result: T; ledger: number }> {
  const { database, blobs, ledger, clock } = parts
  const id = newId('led')
  const { result, index } = await ledger.settle(id, () => database.transaction(async tx => {
    const documents = new Map<string, RecordedDocument>()
    const details = { ...input.details }
    const result = await write({
      get: (kind, key) => tx.get(kind, key),
      list: (kind, options) => tx.list(kind, options),
      async put(kind, key, body, options) {
        const stored = await tx.put(kind, key, body, options)
        const named = await namedBlobs(body as Json, blobs)
        documents.set(`${kind}/${key}`, { kind, id: key, revision: stored.revision, digest: digestOf(body as Json), ...(named.length > 0 ? { blobs: named } : {}) })
        return stored
      },
      async remove(kind, key) {
        const stored = await tx.get(kind, key)
        if (stored === null) return
        await tx.remove(kind, key)
        documents.set(`${kind}/${key}`, { kind, id: key, revision: stored.revision, digest: null })
      },
      detail(more) { Object.assign(details, more) },
    })
    await tx.stage(stagedOf({
      id, at: clock.now(), recordedAt: clock.recorded(), actor: formatActor(input.actor), action: input.action, subject: input.subject,
      documents: [...documents.values()], details,
    }))
    return result
  }))
  return { result, ledger: index }
}

/** Digests within a body that are blobs: recorded, so that a blob which is lost later is missed and its documents are named. */
async function namedBlobs(body: Json, blobs: BlobStore): Promise<string[]> {
  const digests = new Set<string>()
  const visit = (value: Json | undefined): void => {
    if (typeof value === 'string') { if (/^[0-9a-f]{64}$/.test(value)) digests.add(value) }
    else if (typeof value === 'object' && value !== null) for (const inner of Array.isArray(value) ? value : Object.values(value)) visit(inner)
  }
  visit(body)
  const found: string[] = []
  for (const digest of digests) if (await blobs.has(digest)) found.push(digest)
  return found.sort()
}
