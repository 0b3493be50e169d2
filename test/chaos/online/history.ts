// What was sent, what was acknowledged, and what online state must therefore say.
import type { Value } from '../../../src/core/schema.ts'
import { READINGS, SENSORS } from './project.ts'
import type { Ask } from './ask.ts'

/** One version of an order or of an item in stock, as it was sent. */
export interface Sent { version: number; at: number; shop: string; item: number | null; order: string | null; number: number; acknowledged: boolean }

export interface Verdict { faults: string[]; checked: number }

export class SentHistory {
  /** By id; versions in the order in which they were sent, one after the other. */
  readonly versions = new Map<string, Sent[]>()
  /** Readings that an acknowledged materialization covers, and one that was begun may cover. */
  materialized = 0
  materializing = 0
  acknowledged = 0

  sent(id: string, version: Sent): void {
    const list = this.versions.get(id)
    if (list === undefined) this.versions.set(id, [version])
    else list.push(version)
  }

  acknowledge(version: Sent): void {
    if (!version.acknowledged) this.acknowledged++
    version.acknowledged = true
  }

  /**
   * Compares what `ask` says with what was sent. What was not acknowledged may have been taken or not, but whole and once; with `settle` it is from then on
   * what it was found to be.
   */
  async check(ask: Ask, settle: boolean): Promise<Verdict> {
    const faults: string[] = []
    const found = new Map<string, Sent>()
    const fault = (text: string): void => { if (faults.length < 20) faults.push(text) }
    const ids = [...this.versions.keys()]
    const orders = ids.filter(id => !id.includes('|'))
    const stock = ids.filter(id => id.includes('|')).map(id => ({ id, shop: id.slice(0, id.indexOf('|')), item: Number(id.slice(id.indexOf('|') + 1)) }))
    const see = (id: string, version: string | null, ...rest: [string, string | null, (s: Sent) => string][]): void => {
      const list = this.versions.get(id) as Sent[]
      const least = list.findLastIndex(s => s.acknowledged)
      const at = version === null ? -1 : list.findIndex(s => String(s.version) === version)
      if (version !== null && at < 0) fault(`${id}: version ${version} was never sent`)
      if (at < least) fault(`${id}: version ${list[least].version} was acknowledged, and ${version === null ? 'nothing' : `version ${version}`} is there`)
      if (at < 0) { if (settle) this.versions.delete(id); return }
      const seen = list[at]
      found.set(id, seen)
      for (const [what, got, of] of rest) if (got !== of(seen)) fault(`${id} version ${seen.version}: ${what} is ${got}, and was sent as ${of(seen)}`)
      if (settle) list.splice(at + 1)
    }
    if (orders.length > 0) {
      const answers = await ask(['order:version', 'order:amount', 'order:shop'], { order: orders })
      orders.forEach((id, i) => { see(id, answers[i][0], ['amount', answers[i][1], s => String(s.number)], ['shop', answers[i][2], s => s.shop]) })
    }
    if (stock.length > 0) {
      const answers = await ask(['stock:version', 'stock:level'], { shop: stock.map(s => s.shop), item: stock.map(s => s.item) })
      stock.forEach(({ id }, i) => { see(id, answers[i][0], ['level', answers[i][1], s => String(s.number)]) })
    }
    const checked = found.size + await this.#checkShops(ask, [...found.values()], fault) + await this.#checkReadings(ask, settle, fault)
    return { faults, checked }
  }

  /** Groups say the same as their members: nothing counts twice, and no older event stands over a newer one. */
  async #checkShops(ask: Ask, rows: readonly Sent[], fault: (text: string) => void): Promise<number> {
    const shops = [...new Set(rows.map(r => r.shop))]
    if (shops.length === 0) return 0
    const answers = await ask(['shop:orders', 'shop:amount', 'shop:newest', 'newest:order', 'newest:version', 'shelf:items', 'shelf:level'], { shop: shops })
    shops.forEach((shop, i) => {
      const orders = rows.filter(r => r.shop === shop && r.order !== null)
      const items = rows.filter(r => r.shop === shop && r.order === null)
      const newest = orders.reduce<Sent | null>((a, b) => (a === null || b.at > a.at ? b : a), null)
      const sum = (of: readonly Sent[]): string => String(of.reduce((n, r) => n + r.number, 0))
      const expected: (string | null)[] = [String(orders.length), sum(orders), newest?.order ?? null, newest?.order ?? null, newest === null ? null : String(newest.version), String(items.length), sum(items)]
      if (expected.join() !== answers[i].join()) fault(`shop ${shop}: ${answers[i].join()} in place of ${expected.join()}`)
    })
    return shops.length
  }

  /** A materialization is there as a whole or not at all. */
  async #checkReadings(ask: Ask, settle: boolean, fault: (text: string) => void): Promise<number> {
    const sensors: Value[] = Array.from({ length: SENSORS }, (_, n) => n)
    const answers = await ask(['sensor:readings', 'sensor:value', 'now:reading'], { sensor: sensors })
    const wrong = (upTo: number): string | null => {
      for (let sensor = 0; sensor < SENSORS; sensor++) {
        const count = Math.max(0, Math.ceil((upTo - sensor) / SENSORS))
        const last = sensor + (count - 1) * SENSORS
        const expected = count === 0 ? '0,0,' : [count, (sensor + last) * count / 2, last].join()
        if (answers[sensor].join() !== expected) return `sensor ${sensor}: ${answers[sensor].join()} in place of ${expected} (${upTo} of ${READINGS} readings)`
      }
      return null
    }
    const before = wrong(this.materialized)
    if (before === null) { if (settle) this.materializing = this.materialized; return SENSORS }
    if (this.materializing === this.materialized || wrong(this.materializing) !== null) { fault(before); return SENSORS }
    if (settle) this.materialized = this.materializing
    return SENSORS
  }
}
