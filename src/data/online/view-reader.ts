import type { FeatureOrigin } from '../../core/ports/features.ts'
import type { Value } from '../../core/schema.ts'
import type { Micros } from '../../core/time.ts'

/** The features of one view. */
export interface ViewReader {
  /** Writes each, for one key at t, at its slot of `out`: from what had become known by `seen`. A null key, or one never seen, is a key without rows. */
  read(key: Value, t: Micros, seen: Micros, out: Value[]): void
  /** The same from what had become known by t, and where each comes from at its slot of `origins`. */
  trace(key: Value, t: Micros, out: Value[], origins: (FeatureOrigin | null)[]): void
}
