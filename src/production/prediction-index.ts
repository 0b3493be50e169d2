import type { Micros } from '../core/time.ts'

/** Values that grow by doubling. */
class Growing<T extends Float64Array | Uint8Array> {
  #values: T
  readonly #make: (length: number) => T
  length = 0
  constructor(make: (length: number) => T) {
    this.#make = make
    this.#values = make(1024)
  }
  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = this.#make(this.#values.length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.length++] = value
  }
  at(i: number): number { return this.#values[i] }
}

const floats = (): Growing<Float64Array> => new Growing(n => new Float64Array(n))
const bytes = (): Growing<Uint8Array> => new Growing(n => new Uint8Array(n))

/** Predictions whose earliest and latest event time are known together, so that a short span does not look at every one. */
const BLOCK = 1_024

/** What is kept of a prediction; `role` and `fallback` are places in `ROLES` and `FALLBACKS`. */
export interface IndexedPrediction { sequence: number; eventTime: Micros; output: number; release: number; role: number; fallback: number; /** Microseconds from the request to its frame. */ latency: number }

/** The predictions of one endpoint in the order of the journal: what labels and quality need of each. Derived from the journal. */
export class PredictionIndex {
  readonly #sequence = floats()
  readonly #eventTime = floats()
  readonly #output = floats()
  readonly #release = floats()
  readonly #latency = floats()
  readonly #role = bytes()
  readonly #fallback = bytes()
  /** A block's bounds of event times. */
  readonly #earliest: Micros[] = []
  readonly #latest: Micros[] = []
  /** Places by label key, by (event time, sequence). */
  readonly #byKey = new Map<string, number[]>()

  get size(): number { return this.#sequence.length }

  add({ sequence, eventTime, output, release, role, fallback, latency }: IndexedPrediction, labelKey: string | null): void {
    const place = this.size
    this.#sequence.push(sequence)
    this.#eventTime.push(eventTime)
    this.#output.push(output)
    this.#release.push(release)
    this.#role.push(role)
    this.#fallback.push(fallback)
    this.#latency.push(latency)
    const block = Math.floor(place / BLOCK)
    this.#earliest[block] = Math.min(this.#earliest[block] ?? eventTime, eventTime)
    this.#latest[block] = Math.max(this.#latest[block] ?? eventTime, eventTime)
    if (labelKey === null) return
    const places = this.#byKey.get(labelKey)
    if (places === undefined) { this.#byKey.set(labelKey, [place]); return }
    let i = places.length
    while (i > 0 && this.#eventTime.at(places[i - 1]) > eventTime) i--
    places.splice(i, 0, place)
  }

  /** Sequence of the latest prediction for this key with event time ≤ `by`; null when there is none. */
  latest(labelKey: string, by: Micros): number | null {
    const places = this.#byKey.get(labelKey) ?? []
    let low = 0
    let high = places.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#eventTime.at(places[middle]) <= by) low = middle + 1
      else high = middle
    }
    return low === 0 ? null : this.#sequence.at(places[low - 1])
  }

  /** Sequences of the predictions with this label key, by event time. */
  withKey(labelKey: string): number[] { return (this.#byKey.get(labelKey) ?? []).map(place => this.#sequence.at(place)) }

  /** The least and the greatest sequence, below `before`, of predictions with event time in [from, to); null when there is none. */
  span(from: Micros, to: Micros, before: number): { least: number; greatest: number } | null {
    let least = 0
    let greatest = 0
    const found = (): { least: number; greatest: number } | null => (greatest === 0 ? null : { least, greatest })
    for (let block = 0; block < this.#earliest.length; block++) {
      if (this.#latest[block] < from || this.#earliest[block] >= to) continue
      for (let i = block * BLOCK; i < Math.min(this.size, (block + 1) * BLOCK); i++) {
        const sequence = this.#sequence.at(i)
        if (sequence >= before) return found()
        const eventTime = this.#eventTime.at(i)
        if (eventTime < from || eventTime >= to) continue
        if (least === 0) least = sequence
        greatest = sequence
      }
    }
    return found()
  }

  /** The sequence of the i-th prediction. */
  sequenceAt(i: number): number { return this.#sequence.at(i) }

  has(sequence: number): boolean {
    let low = 0
    let high = this.size - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const found = this.#sequence.at(middle)
      if (found === sequence) return true
      if (found < sequence) low = middle + 1
      else high = middle - 1
    }
    return false
  }

  /** Predictions with event time in [from, to), by sequence. */
  between(from: Micros, to: Micros): IndexedPrediction[] {
    const found: IndexedPrediction[] = []
    for (let block = 0; block < this.#earliest.length; block++) {
      if (this.#latest[block] < from || this.#earliest[block] >= to) continue
      for (let i = block * BLOCK; i < Math.min(this.size, (block + 1) * BLOCK); i++) {
        const eventTime = this.#eventTime.at(i)
        if (eventTime >= from && eventTime < to) found.push({ sequence: this.#sequence.at(i), eventTime, output: this.#output.at(i), release: this.#release.at(i), role: this.#role.at(i), fallback: this.#fallback.at(i), latency: this.#latency.at(i) })
      }
    }
    return found
  }
}
