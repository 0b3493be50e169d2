import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { ChampionPort } from '../core/ports/champions.ts'
import type { FeaturePort } from '../core/ports/features.ts'
import type { Metadata } from '../metadata/index.ts'
import type { BlobStore } from '../store/index.ts'

/** What the component stands on. */
export interface IntelligenceParts {
  metadata: Metadata
  blobs: BlobStore
  features: FeaturePort
  /** Who answers now; without it every gate compares with the baseline. */
  champions?: ChampionPort
  clock: Clock
  log: Log
}
