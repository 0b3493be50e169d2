// Models in memory: loaded when they are first used, dropped when others need the room. By digest, so contents that share a model share it here too.
import { SlipwayError } from '../core/errors.ts'
import type { Model } from '../models/index.ts'

/** How long a load that failed is not tried again, ms: a damaged file must not be read once a request. */
const RETRY_MS = 1_000

interface Resident { model: Model; bytes: number; /** Requests that compute with it now. */ uses: number }

export interface ModelMemory {
  /** Without waiting; counts as a use. Undefined where it is not in memory. */
  get(digest: string): Model | undefined
  /**
   * Reads it into memory, once for all who ask meanwhile. What failed is told again for a second, then tried again.
   * @throws what `read` throws.
   */
  load(digest: string, read: () => Promise<{ model: Model; bytes: number }>): Promise<Model>
  /** It is not dropped while `work` goes on. */
  use<T>(digest: string, work: () => Promise<T>): Promise<T>
  /** What failed is tried again at once. */
  retry(digest: string): void
  /** Out of memory; whoever computes with it finishes. */
  drop(digest: string): void
  has(digest: string): boolean
  isLoading(digest: string): boolean
  /** Bytes, about; null where it is not in memory. */
  sizeOf(digest: string): number | null
  /** Why the last load failed; null where it did not, or none was tried. */
  failureOf(digest: string): SlipwayError | null
  /** Of all models together, about. */
  readonly bytes: number
  readonly limit: number
}

/** @param limit Bytes. A single model that is larger is kept alone. */
export function openModelMemory(limit: number): ModelMemory {
  const residents = new Map<string, Resident>()
  const loading = new Map<string, Promise<Model>>()
  const failures = new Map<string, { error: SlipwayError; until: number }>()
  let total = 0

  const remove = (digest: string, { bytes }: Resident): void => {
    residents.delete(digest)
    total -= bytes
  }

  /** The least recently used first, and never the one that came last. */
  const makeRoom = (newest: string): void => {
    for (const [digest, resident] of residents) {
      if (total <= limit) return
      if (digest !== newest && resident.uses === 0) remove(digest, resident)
    }
  }

  const read = async (digest: string, from: () => Promise<{ model: Model; bytes: number }>): Promise<Model> => {
    try {
      const { model, bytes } = await from()
      failures.delete(digest)
      residents.set(digest, { model, bytes, uses: 0 })
      total += bytes
      makeRoom(digest)
      return model
    } catch (error) {
      const known = error instanceof SlipwayError ? error : new SlipwayError('corrupt', `The model ${digest.slice(0, 12)} could not be loaded: ${(error as Error).message}`, { cause: error })
      failures.set(digest, { error: known, until: performance.now() + RETRY_MS })
      throw known
    } finally { loading.delete(digest) }
  }

  return {
    get(digest) {
      const found = residents.get(digest)
      if (found === undefined) return undefined
      // Put last again: the order of the map is that of their use.
      residents.delete(digest)
      residents.set(digest, found)
      return found.model
    },
    load(digest, from) {
      const found = residents.get(digest)
      if (found !== undefined) return Promise.resolve(found.model)
      const failed = failures.get(digest)
      if (failed !== undefined && performance.now() < failed.until) return Promise.reject(failed.error)
      let pending = loading.get(digest)
      if (pending === undefined) loading.set(digest, pending = read(digest, from))
      return pending
    },
    async use(digest, work) {
      const held = residents.get(digest)
      if (held !== undefined) held.uses++
      try { return await work() } finally { if (held !== undefined) held.uses-- }
    },
    retry: digest => { failures.delete(digest) },
    drop(digest) {
      const found = residents.get(digest)
      if (found !== undefined) remove(digest, found)
    },
    has: digest => residents.has(digest),
    isLoading: digest => loading.has(digest),
    sizeOf: digest => residents.get(digest)?.bytes ?? null,
    failureOf: digest => failures.get(digest)?.error ?? null,
    get bytes() { return total },
    limit,
  }
}
