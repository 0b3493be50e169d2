// Which rows of the journal count, seen from which position: the meaning of an undo, for every execution.
//
// A mark at sequence m with `to` puts a source back to where it stood at `to`: of its events and materializations those count at m that counted at `to`,
// and from there each later row adds itself. So positions form a tree, in which m continues `to` and every other position the one before it; a row counts
// at a position when it lies on the way from there to the root. An undo of an undo goes back to a position before its mark, and what was voided counts again.

import { holds, type Stretch } from './stretch.ts'

/** A mark as it concerns counting; `source` '' is all of them. */
export interface UndoMark { sequence: number; to: number; source: string }

/** Rows with sequences in [first, last] count at positions in [since, until), and none before its own sequence. A stretch may have several such ranges. */
export interface CountingRange extends Stretch { since: number; until: number }

export const END = Number.MAX_SAFE_INTEGER

/** The stretches of a source that count at a position, in order. */
export function countingAt(marks: readonly UndoMark[], source: string, position: number): Stretch[] {
  const stretches: Stretch[] = []
  const own = marksOf(marks, source)
  let last = position
  for (let i = own.length - 1; i >= 0 && last > 0; i--) {
    const { sequence, to } = own[i]
    if (sequence > last) continue
    // With the mark itself, which is no row of a source but a position.
    stretches.push({ first: sequence, last })
    last = to
  }
  if (last > 0) stretches.push({ first: 1, last })
  return stretches.reverse()
}

/** Whether `position` goes on from `earlier`: what counted there counts, and of what came later only what `countingAt` has after it. */
export function continues(marks: readonly UndoMark[], source: string, earlier: number, position: number): boolean {
  return earlier === 0 || holds(countingAt(marks, source, position), earlier)
}

/** Every row with all the positions at which it counts, by sequence and position. */
export function countingRanges(marks: readonly UndoMark[], source: string): CountingRange[] {
  const own = marksOf(marks, source)
  const starts = [...new Set([1, ...own.flatMap(m => [m.to + 1, m.sequence])])].sort((a, b) => a - b)
  return starts.flatMap((first, i) => {
    const last = (starts[i + 1] ?? END) - 1
    // Whether the stretch counts changes at marks only: what it is at one, it was at the position that the mark went back to.
    const changes = [{ at: first, counts: true }]
    for (const { sequence, to } of own) if (sequence > first) changes.push({ at: sequence, counts: changes.findLast(c => c.at <= to)?.counts ?? false })
    const ranges: CountingRange[] = []
    changes.forEach(({ at, counts }, k) => {
      if (!counts) return
      const until = changes[k + 1]?.at ?? END
      const before = ranges.at(-1)
      if (before?.until === at) before.until = until
      else ranges.push({ first, last, since: at, until })
    })
    return ranges
  })
}

function marksOf(marks: readonly UndoMark[], source: string): UndoMark[] {
  return marks.filter(m => m.source === '' || m.source === source).sort((a, b) => a.sequence - b.sequence)
}
