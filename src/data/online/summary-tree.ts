// Summaries of stretches of one key's events, so that a window of many events is read without looking at each: a stretch of the lowest level has as many
// events as the fan-out, one of the next level as many stretches. They are made when they are first read, and again when something in them changed.
import type { Micros } from '../../core/time.ts'
import type { KeyEvents, PositionWatcher } from './key-index.ts'

export interface Summary {
  /** Read at this time or later, it is what its events come to: which of them count does not change any more. */
  readonly settledAt: Micros
}

/** What is summarized, and how. */
export interface Summarizer<S extends Summary> {
  /** The events from `from` to before `to`. */
  summarize(events: KeyEvents, from: number, to: number): S
  /** @param parts from the oldest to the newest */
  combine(parts: readonly S[]): S
  /** Whether it still says what its events come to, as far as that rests on more than they. */
  holds(summary: S): boolean
  /** Reads on, towards the older: a summary, or events from `from` to before `to` one by one. */
  take(summary: S): void
  takeEach(events: KeyEvents, from: number, to: number): void
}

export class SummaryTree<S extends Summary> implements PositionWatcher {
  readonly #events: KeyEvents
  readonly #fanOut: number
  readonly #summarizer: Summarizer<S>
  readonly #levels: (S | undefined)[][] = []

  constructor(events: KeyEvents, fanOut: number, summarizer: Summarizer<S>) {
    this.#events = events
    this.#fanOut = fanOut
    this.#summarizer = summarizer
  }

  /** Shows the summarizer the events from `from` to before `to`, from the newest to the oldest, as they are seen at `seen`. */
  walk(from: number, to: number, seen: Micros): void {
    const fanOut = this.#fanOut
    let at = to
    while (at > from) {
      let level = -1
      let size = 1
      while (at % (size * fanOut) === 0 && at - size * fanOut >= from) { size *= fanOut; level++ }
      let summary: S | null = null
      for (; level >= 0; level--, size /= fanOut) {
        summary = this.#at(level, at / size - 1)
        if (summary.settledAt <= seen) break
        summary = null
      }
      if (summary !== null) {
        this.#summarizer.take(summary)
        at -= size
        continue
      }
      const next = Math.max(from, (Math.ceil(at / fanOut) - 1) * fanOut)
      this.#summarizer.takeEach(this.#events, next, at)
      at = next
    }
  }

  moved(position: number): void {
    let size = 1
    for (const level of this.#levels) {
      size *= this.#fanOut
      level.length = Math.min(level.length, Math.floor(position / size))
    }
  }

  changed(position: number): void {
    let size = 1
    for (const level of this.#levels) {
      size *= this.#fanOut
      const at = Math.floor(position / size)
      if (at < level.length) level[at] = undefined
    }
  }

  #at(level: number, index: number): S {
    const summaries = this.#levels[level] ??= []
    const made = summaries[index]
    if (made !== undefined && this.#summarizer.holds(made)) return made
    const first = index * this.#fanOut
    const summary = level === 0 ? this.#summarizer.summarize(this.#events, first, first + this.#fanOut)
      : this.#summarizer.combine(Array.from({ length: this.#fanOut }, (_, i) => this.#at(level - 1, first + i)))
    while (summaries.length < index) summaries.push(undefined)
    summaries[index] = summary
    return summary
  }
}
