// Clients that push until they are stopped, each one request after the other, with ids of their own.
import { HOUR } from '../../../src/core/time.ts'
import type { Sent, SentHistory } from './history.ts'

const SHOPS = 12

interface Request { source: 'orders' | 'stock'; rows: { id: string; version: Sent }[] }

export class Clients {
  readonly #history: SentHistory
  readonly #random: () => number
  readonly #now: number
  readonly #next: number[] = []
  readonly #unanswered = new Map<number, Request>()
  #running: Promise<void>[] = []
  #stopped = true
  refused: string[] = []
  repeated = 0

  constructor(history: SentHistory, random: () => number, now: number) {
    this.#history = history
    this.#random = random
    this.#now = now
  }

  start(url: string, token: string, count: number): void {
    this.#stopped = false
    this.#running = Array.from({ length: count }, (_, client) => this.#run(client, url, token))
  }

  /** Resolves when no request is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#running)
  }

  /** What had no answer before the kill is sent again by every second client; the others never learn what became of it. */
  async #run(client: number, url: string, token: string): Promise<void> {
    const before = this.#unanswered.get(client)
    this.#unanswered.delete(client)
    if (before !== undefined && client % 2 === 0) {
      for (const { id, version } of before.rows) if (!(this.#history.versions.get(id) ?? []).includes(version)) this.#history.sent(id, version)
      this.repeated++
      if (!await this.#send(client, url, token, before)) return
    }
    while (!this.#stopped) if (!await this.#send(client, url, token, this.#make(client))) return
  }

  #make(client: number): Request {
    const random = this.#random
    const source = random() < 0.6 ? 'orders' : 'stock'
    const rows = new Map<string, Sent>()
    const count = random() < 0.6 ? 1 : 2 + Math.floor(random() * 60)
    for (let i = 0; i < count; i++) {
      const made = this.#next[client] ??= 0
      const fresh = made < 5 || random() < 0.5
      const n = fresh ? this.#next[client]++ : Math.floor(random() * made)
      // Each client's ids are its own, so the order of versions is known.
      const shop = `shop ${(n * 7 + client) % SHOPS}`
      const id = source === 'orders' ? `o${client}-${n}` : `${shop}|${client * 1_000_000 + n}`
      if (rows.has(id)) continue
      const version = (this.#history.versions.get(id)?.at(-1)?.version ?? 0) + 1
      const sent: Sent = {
        version, at: this.#now - Math.floor(random() * 20 * HOUR), shop, item: source === 'orders' ? null : client * 1_000_000 + n, order: source === 'orders' ? id : null,
        number: Math.floor(random() * 1_000_000), acknowledged: false,
      }
      rows.set(id, sent)
      this.#history.sent(id, sent)
    }
    return { source, rows: [...rows].map(([id, version]) => ({ id, version })) }
  }

  /** False when there is nobody to answer. */
  async #send(client: number, url: string, token: string, request: Request): Promise<boolean> {
    const events = request.rows.map(({ version: v }) => ({
      values: request.source === 'orders' ? { order: v.order, at: v.at, shop: v.shop, amount: v.number, version: v.version } : { shop: v.shop, item: v.item, at: v.at, level: v.number, version: v.version },
    }))
    let status = 0
    let text = ''
    try {
      const response = await fetch(`${url}/api/v1/push/${request.source}`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify(events.length === 1 ? events[0] : { events }) })
      status = response.status
      text = await response.text()
    } catch { this.#unanswered.set(client, request); return false }
    if (status !== 200) { this.refused.push(`${status} ${text.slice(0, 200)}`); return false }
    for (const { version } of request.rows) this.#history.acknowledge(version)
    return true
  }
}
