// What processes of one home have in common: ports to the components that are elsewhere, and a platform made of both.
import type { SettableClock } from '../core/clock.ts'
import { COMPONENTS } from '../core/components.ts'
import type { Config } from '../core/config.ts'
import type { Log } from '../core/log.ts'
import type { Engine } from '../core/ports/engine.ts'
import type { Intelligence } from '../intelligence/index.ts'
import type { LedgerPort, SealingPort } from '../metadata/index.ts'
import type { Monitoring } from '../monitoring/index.ts'
import { composePlatform, type Platform } from '../platform.ts'
import type { BlobStore, HomePaths } from '../store/index.ts'
import { INTELLIGENCE, LEDGER, MONITORING, SEALING } from './methods.ts'
import { readProcess } from './directory.ts'
import type { Links } from './open-links.ts'
import { ignoreUnreachable, remote, remoteData, remoteProduction } from './remote-component.ts'
import { RemoteJournal } from './remote-journal.ts'

/** How long the number of an entry is waited for, ms: its change is done already, and must not be told to have failed because metadata is started anew. */
const SETTLE_MS = 60_000

export function ledgerOf(links: Links): LedgerPort {
  return {
    ...remote<LedgerPort>(links.metadata, 'ledger', LEDGER),
    settle: id => links.metadata.call('ledger', 'settle', [id], { kind: 'read', seek: SETTLE_MS }) as Promise<number>,
  }
}

export function sealingOf(links: Links): SealingPort { return remote<SealingPort>(links.data, 'sealing', SEALING) }

/** The components of this process, and calls for the others. */
export function assemble(parts: {
  paths: HomePaths; config: Config; log: Log; clock: SettableClock; engine: Engine; blobs: BlobStore; links: Links
  own: Partial<Pick<Platform, 'journal' | 'data' | 'intelligence' | 'production' | 'monitoring'>> & Pick<Platform, 'metadata'>
  close(): Promise<void>
}): Platform {
  const { paths, config, log, clock, engine, blobs, links, own, close } = parts
  return composePlatform({
    home: { dir: paths.dir, paths }, config, log, clock, engine, blobs, metadata: own.metadata,
    journal: own.journal ?? new RemoteJournal(links.data),
    data: own.data ?? remoteData(links.data),
    intelligence: own.intelligence ?? remote<Intelligence>(links.intelligence, 'intelligence', INTELLIGENCE),
    production: own.production ?? remoteProduction(links.production, clock),
    monitoring: own.monitoring ?? remote<Monitoring>(links.monitoring, 'monitoring', MONITORING),
    // Every call brings the clock along; who is not there reads what was recorded when it starts.
    tellClock: async () => {
      const there = COMPONENTS.filter(component => readProcess(paths, component) !== null)
      await Promise.all(there.map(component => links[component].call('process', 'hello', [], { kind: 'read' }).catch(ignoreUnreachable)))
    },
    close,
  })
}
