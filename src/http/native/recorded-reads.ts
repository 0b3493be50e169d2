// What people read of history and predictions, as ledger entries: one for the same read by the same actor for the same purpose within an hour.
import { formatActor, type Actor } from '../../core/actor.ts'
import type { Json } from '../../core/canonical.ts'
import { readPurpose } from '../../data/index.ts'
import type { Metadata } from '../../metadata/index.ts'

const HOUR_MS = 3_600_000
const MOST = 10_000
/** Predictions that may be looked through in lists within an hour: pages of the console. More is a read like any other. */
const LISTED_FREELY = 1_000
/** Where nothing is said. */
export const NOT_STATED = 'not stated'

interface PersonalRead { actor: Actor; purpose: string | undefined; action: string; subject: string; details?: { [key: string]: Json | undefined }; /** What makes it another read than one of the same subject. */ part?: string }

export class RecordedReads {
  readonly #metadata: Pick<Metadata, 'record'>
  readonly #now: () => number
  readonly #recent = new Map<string, { at: number; entry: Promise<number> }>()
  readonly #listed = new Map<string, { since: number; rows: number }>()

  constructor(metadata: Pick<Metadata, 'record'>, now: () => number = Date.now) {
    this.#metadata = metadata
    this.#now = now
  }

  /** Resolves when the read is in the ledger; what cannot be recorded is not given out. @throws SlipwayError `invalid_request` for a purpose that is none. */
  async record({ actor, purpose, action, subject, details, part = '' }: PersonalRead): Promise<number> {
    const stated = readPurpose(purpose, NOT_STATED)
    const key = JSON.stringify([formatActor(actor), stated, action, subject, part])
    const known = this.#recent.get(key)
    if (known !== undefined && this.#now() - known.at < HOUR_MS) return known.entry
    const entry = this.#metadata.record({ actor, action, subject, details: { ...details, purpose: stated } })
    this.#recent.delete(key)
    this.#recent.set(key, { at: this.#now(), entry })
    if (this.#recent.size > MOST) this.#recent.delete(this.#recent.keys().next().value as string)
    try { return await entry } catch (error) {
      this.#recent.delete(key)
      throw error
    }
  }

  /** One prediction that somebody opens: its values, its chain, why it came out so. */
  async opened(actor: Actor, purpose: string | undefined, prediction: string): Promise<void> {
    await this.record({ actor, purpose, action: 'prediction.read', subject: `prediction/${prediction}` })
  }

  /** A page of predictions: recorded with a stated purpose, and where somebody reads more of them within an hour than people look through. */
  async listed({ actor, purpose, endpoint, rows }: { actor: Actor; purpose: string | undefined; endpoint: string | undefined; rows: number }): Promise<void> {
    const key = JSON.stringify([formatActor(actor), endpoint ?? null])
    let counted = this.#listed.get(key)
    if (counted === undefined || this.#now() - counted.since >= HOUR_MS) this.#listed.set(key, counted = { since: this.#now(), rows: 0 })
    counted.rows += rows
    if (this.#listed.size > MOST) this.#listed.delete(this.#listed.keys().next().value as string)
    if (purpose === undefined && counted.rows <= LISTED_FREELY) return
    await this.record({ actor, purpose, action: 'predictions.read', subject: endpoint === undefined ? 'endpoint/*' : `endpoint/${endpoint}`, details: { rows: purpose === undefined ? counted.rows : rows } })
  }
}
