import type { Micros } from '../core/time.ts'

/** One label of a prediction. `value` is 1, 0 or a number; null takes an earlier one back. */
export interface Truth { name: string; value: number | null; knownAt: Micros; /** Journal sequence of the label. */ sequence: number }

interface Entry extends Truth { older: Entry | null }

/**
 * Labels by prediction. The latest known-at wins (of two at the same time the greater value, null least), whatever order they came in;
 * what lost is kept as history. Derived from the journal.
 */
export class TruthIndex {
  readonly #byName = new Map<string, Map<number, Entry>>()

  /** Notes a label; the sequence of the same one (value and known-at) where it is there already. */
  add(prediction: number, truth: Truth): number | null {
    let labels = this.#byName.get(truth.name)
    if (labels === undefined) { labels = new Map(); this.#byName.set(truth.name, labels) }
    const known = this.find(prediction, truth)
    if (known !== null) return known
    const head = labels.get(prediction) ?? null
    if (head === null || before(head, truth)) { labels.set(prediction, { ...truth, older: head }); return null }
    let newer = head
    while (newer.older !== null && !before(newer.older, truth)) newer = newer.older
    newer.older = { ...truth, older: newer.older }
    return null
  }

  /** The sequence under which exactly this label was journaled, or null. */
  find(prediction: number, { name, value, knownAt }: Omit<Truth, 'sequence'>): number | null {
    for (let e = this.#byName.get(name)?.get(prediction) ?? null; e !== null; e = e.older) if (e.value === value && e.knownAt === knownAt) return e.sequence
    return null
  }

  /** What was the truth by `knownBy` (default: ever). */
  current(prediction: number, name: string, knownBy: Micros = Number.POSITIVE_INFINITY): Truth | null {
    for (let e = this.#byName.get(name)?.get(prediction) ?? null; e !== null; e = e.older) if (e.knownAt <= knownBy) return plain(e)
    return null
  }

  /** Every label of a prediction, by name, newest first. */
  history(prediction: number): Truth[] {
    const out: Truth[] = []
    for (const labels of this.#byName.values()) for (let e = labels.get(prediction) ?? null; e !== null; e = e.older) out.push(plain(e))
    return out
  }

  /** How many predictions have a label of that name. */
  count(name: string): number { return this.#byName.get(name)?.size ?? 0 }
}

function before(a: Truth, b: Truth): boolean {
  return a.knownAt !== b.knownAt ? a.knownAt < b.knownAt : (a.value ?? Number.NEGATIVE_INFINITY) < (b.value ?? Number.NEGATIVE_INFINITY)
}

function plain({ name, value, knownAt, sequence }: Entry): Truth { return { name, value, knownAt, sequence } }
