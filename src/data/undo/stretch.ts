/** Sequences, both ends included. */
export interface Stretch { first: number; last: number }

export function holds(stretches: readonly Stretch[], sequence: number): boolean { return stretches.some(s => s.first <= sequence && sequence <= s.last) }

/** The same sequences in stretches without overlap, in order. */
export function join(stretches: readonly Stretch[]): Stretch[] {
  const joined: Stretch[] = []
  for (const { first, last } of [...stretches].sort((a, b) => a.first - b.first)) {
    const before = joined.at(-1)
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last)
    else joined.push({ first, last })
  }
  return joined
}

/** The parts of stretches that others do not have. */
export function without(stretches: readonly Stretch[], others: readonly Stretch[]): Stretch[] {
  let left = [...stretches]
  for (const o of others) {
    left = left.flatMap(s => {
      if (o.last < s.first || o.first > s.last) return [s]
      return [{ first: s.first, last: o.first - 1 }, { first: o.last + 1, last: s.last }].filter(part => part.first <= part.last)
    })
  }
  return left
}
