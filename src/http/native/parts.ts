import type { Log } from '../../core/log.ts'
import type { Platform } from '../../platform.ts'
import type { ServerState } from '../server-state.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { RecordedReads } from './recorded-reads.ts'

/** What the native routes are made with. */
export interface NativeParts { platform: Platform; metrics: Metrics; log: Log; state: ServerState; /** One for all routes: what somebody opens asks several. */ reads: RecordedReads }
