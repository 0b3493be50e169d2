import type { VerifyReport } from '../metadata.ts'

export interface Problem { place: string; what: string; remedy: string }

/** Of one kind of problem at most so many are named; the rest is counted. */
const NAMED = 20

/** What a check collects: how much it looked at, and what does not hold. */
export class Findings {
  readonly #checked = new Map<string, number>()
  readonly #problems: Problem[] = []
  readonly #seen = new Map<string, number>()

  /** Adds to what was looked at, such as `ledger entries`. */
  count(what: string, n = 1): void { this.#checked.set(what, (this.#checked.get(what) ?? 0) + n) }

  /** @param kind groups problems of one sort, of which only the first are named. */
  problem(kind: string, problem: Problem): void {
    const seen = (this.#seen.get(kind) ?? 0) + 1
    this.#seen.set(kind, seen)
    if (seen <= NAMED) this.#problems.push(problem)
  }

  report(): VerifyReport {
    const problems = [...this.#problems]
    for (const [kind, n] of this.#seen) if (n > NAMED) problems.push({ place: kind, what: `${n - NAMED} more problems of this kind were found and are not listed.`, remedy: 'Correct the first ones, then verify again.' })
    const checked = [...this.#checked].map(([what, count]) => ({ what, count }))
    // A check that looked at nothing proves nothing.
    if (!checked.some(c => c.count > 0) && problems.length === 0) problems.push({ place: 'home', what: 'Nothing was there to check.', remedy: 'Check that this is the right folder.' })
    return { ok: problems.length === 0, checked, problems }
  }
}
