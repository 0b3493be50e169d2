import type { Micros } from '../core/time.ts'

/** Float64 values that grow by doubling. */
class Floats {
  #values = new Float64Array(1024)
  length = 0
  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.length++] = value
  }
  at(i: number): number { return this.#values[i] }
}

/** The predictions of one endpoint in the order of the journal: what labels and quality need of each. Derived from the journal. */
export class PredictionIndex {
  readonly #sequence = new Floats()
  readonly #eventTime = new Floats()
  readonly #output = new Floats()
  /** Places by label key, by (event time, sequence). */
  readonly #byKey = new Map<string, number[]>()

  get size(): number { return this.#sequence.length }

  add(sequence: number, eventTime: Micros, output: number, labelKey: string | null): void {
    const place = this.size
    this.#sequence.push(sequence)
    this.#eventTime.push(eventTime)
    this.#output.push(output)
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

  /** Visits predictions with event time in [from, to), by sequence. */
  forEach(from: Micros, to: Micros, visit: (sequence: number, eventTime: Micros, output: number) => void): void {
    for (let i = 0; i < this.size; i++) {
      const time = this.#eventTime.at(i)
      if (time >= from && time < to) visit(this.#sequence.at(i), time, this.#output.at(i))
    }
  }
}
