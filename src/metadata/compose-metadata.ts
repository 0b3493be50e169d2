// What is the same wherever ledger and journal are: documents, changes, definitions, principals.
import type { Clock } from '../core/clock.ts'
import type { BlobStore, Database } from '../store/index.ts'
import { change } from './change.ts'
import { applyDefinitions, ownsExactly, planDefinitions } from './definitions/registration.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { LedgerReader, Metadata } from './metadata.ts'
import { authenticate } from './principals.ts'

export interface ComposedParts extends Pick<Metadata, 'seal' | 'onSeal' | 'verify' | 'close'> {
  database: Database
  blobs: BlobStore
  clock: Clock
  ledger: LedgerReader & Pick<Ledger, 'settle' | 'trail'>
  /** The local token. */
  local: string
}

export function composeMetadata({ database, blobs, clock, ledger, local, seal, onSeal, verify, close }: ComposedParts): Metadata {
  const put: Metadata['change'] = (entry, write) => change({ database, blobs, ledger, clock }, entry, write)
  let closed = false
  return {
    get: (kind, id) => database.get(kind, id),
    list: (kind, listing) => database.list(kind, listing),
    change: put,
    record: async entry => (await put(entry, async () => undefined)).ledger,
    ledger, seal, onSeal, verify,
    plan: (definitions, project) => planDefinitions(database, definitions, project),
    async apply(actor, project, definitions) {
      if ((await planDefinitions(database, definitions, project)).length === 0 && await ownsExactly(database, definitions, project)) return { differences: [], ledger: null }
      const done = await put({ actor, action: 'project.applied', subject: `project/${project}` }, async tx => {
        const differences = await applyDefinitions(tx, definitions, project)
        tx.detail({ differences: differences.map(d => ({ ...d, fields: d.fields.map(f => ({ ...f })) })) })
        return differences
      })
      return { differences: done.result, ledger: done.ledger }
    },
    trail: (kind, id) => ledger.trail(kind, id),
    authenticate: token => authenticate(database, local, token),
    async close() {
      if (closed) return
      closed = true
      await close()
    },
  }
}
