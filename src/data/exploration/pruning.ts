// Candidates that are of no use at sight are dropped as they come, so that only what is left is held.
import type { ExploredCandidate } from '../../core/ports/exploration.ts'
import { fingerprint, isSame, likeness, missingShare, modeShare, toComparable, type Comparable, type Numbers } from './column-signs.ts'

/** Missing in more of the early rows than this. */
export const MOST_MISSING = 0.9
/** One value in more of the early rows than this. */
export const MOST_CONSTANT = 0.995
/** |Pearson| or |Spearman| with a column that is kept. */
export const MOST_ALIKE = 0.98

interface Kept { name: string; values: Numbers; comparable: Comparable }

/** Judges columns one after the other, each against all that were kept before. */
export class Pruning {
  readonly #kept: Kept[] = []
  readonly #byPrint = new Map<number, Kept[]>()

  /** A column that is kept in any case: what the service reads. */
  keep(name: string, values: Numbers): void {
    const kept = { name, values, comparable: toComparable(values) }
    this.#kept.push(kept)
    const print = fingerprint(values)
    this.#byPrint.set(print, [...this.#byPrint.get(print) ?? [], kept])
  }

  /** Why the column is dropped; null when it is kept. `values` are those of the early rows. */
  judge(name: string, values: Numbers): ExploredCandidate['dropped'] {
    const missing = missingShare(values)
    if (missing > MOST_MISSING) return { reason: 'missing', detail: `missing in ${percent(missing)} of the early rows` }
    const mode = modeShare(values)
    if (mode > MOST_CONSTANT) return { reason: 'constant', detail: `one value in ${percent(mode)} of the early rows` }
    const same = this.#byPrint.get(fingerprint(values))?.find(k => isSame(k.values, values))
    if (same !== undefined) return { reason: 'duplicate', detail: `equal to ${same.name}` }
    const comparable = toComparable(values)
    for (const kept of this.#kept) {
      const alike = likeness(kept.comparable, comparable)
      if (alike > MOST_ALIKE) return { reason: 'correlated', detail: `correlates ${alike.toFixed(3)} with ${kept.name}` }
    }
    this.keep(name, values)
    return null
  }
}

function percent(share: number): string { return `${(Math.floor(share * 1_000) / 10).toFixed(1)} %` }
