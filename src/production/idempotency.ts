import { SlipwayError } from '../core/errors.ts'
import { HOUR, type Micros } from '../core/time.ts'

/** How long a key is kept, by the home's clock. */
export const IDEMPOTENCY_WINDOW: Micros = 24 * HOUR

interface Kept { digest: string; sequence: number; acceptedAt: Micros }
interface Pending { digest: string; sequence: Promise<number> }

/** A key's claim: settled with the sequence once its row is journaled (and `keep` knows it), or released when the request failed. */
export interface Claim { settle(sequence: number): void; release(error: unknown): void }

/** Which keys have been used, by endpoint and caller. Derived from the journal. */
export class IdempotencyIndex {
  /** In the order of acceptance, so that the oldest are dropped first. */
  readonly #kept = new Map<string, Kept>()
  readonly #pending = new Map<string, Pending>()

  /**
   * The sequence of the prediction that answered this key (or will), or null when the key is free.
   * @throws SlipwayError `idempotency_conflict` when the key came with another body.
   */
  find(scope: string, key: string, digest: string | null, now: Micros): number | Promise<number> | null {
    const name = nameOf(scope, key)
    const kept = this.#kept.get(name)
    const found = kept !== undefined && now - kept.acceptedAt <= IDEMPOTENCY_WINDOW ? kept : this.#pending.get(name)
    if (found === undefined) return null
    if (found.digest !== digest) {
      throw new SlipwayError('idempotency_conflict', `The idempotency key ${JSON.stringify(key)} was used with another body.`, { faults: [{ path: 'idempotencyKey', message: 'was used with another body' }] })
    }
    return found.sequence
  }

  /** Takes a free key while its request is in flight. */
  claim(scope: string, key: string, digest: string): Claim {
    const name = nameOf(scope, key)
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    promise.catch(() => undefined)
    this.#pending.set(name, { digest, sequence: promise })
    return {
      settle: sequence => { this.#pending.delete(name); resolve(sequence) },
      release: error => { this.#pending.delete(name); reject(error) },
    }
  }

  /** Notes a journaled key, and drops what is older than the window before it. */
  keep(scope: string, key: string, digest: string, sequence: number, acceptedAt: Micros): void {
    const name = nameOf(scope, key)
    this.#kept.delete(name)
    this.#kept.set(name, { digest, sequence, acceptedAt })
    for (const [oldest, { acceptedAt: then }] of this.#kept) {
      if (acceptedAt - then <= IDEMPOTENCY_WINDOW) break
      this.#kept.delete(oldest)
    }
  }

  /** Forgets what was journaled; claims in flight stay. */
  clear(): void { this.#kept.clear() }
}

/** The scope of keys: one endpoint and one caller. */
export function idempotencyScope(endpoint: string, caller: string): string { return `${endpoint}\u0000${caller}` }

function nameOf(scope: string, key: string): string { return `${scope}\u0000${key}` }
