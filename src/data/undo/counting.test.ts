import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { continues, countingAt, countingRanges, END, type UndoMark } from './counting.ts'

const SOURCES = ['a', 'b']
/** A row of a source, something that is no source's, or an undo to a share of what was there. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'prediction') },
  { weight: 2, arbitrary: fc.record({ back: fc.double({ min: 0, max: 1, noNaN: true }), source: fc.constantFrom('', '', 'a', 'b') }) },
)

/** What counts at each position, as a person would keep it: by copying. */
function simulate(steps: readonly (string | { back: number; source: string })[]): { marks: UndoMark[]; rows: (string | null)[]; states: Map<string, ReadonlySet<number>[]> } {
  const marks: UndoMark[] = []
  const rows: (string | null)[] = [null]
  const states = new Map(SOURCES.map(s => [s, [new Set<number>()] as ReadonlySet<number>[]]))
  steps.forEach((s, i) => {
    const sequence = i + 1
    const to = typeof s === 'string' ? 0 : Math.min(i, Math.floor(s.back * sequence))
    for (const [source, list] of states) {
      const concerned = typeof s !== 'string' && (s.source === '' || s.source === source)
      const before = list[concerned ? to : i]
      list.push(s === source ? new Set([...before, sequence]) : before)
    }
    if (typeof s !== 'string') marks.push({ sequence, to, source: s.source })
    rows.push(typeof s === 'string' ? s : null)
  })
  return { marks, rows, states }
}

describe('what counts after undos', () => {
  it('is what a copy of each position says, for every row at every position', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 40, size: 'max' }), steps => {
      const { marks, rows, states } = simulate(steps)
      for (const source of SOURCES) {
        const ranges = countingRanges(marks, source)
        for (let position = 0; position <= steps.length; position++) {
          const stretches = countingAt(marks, source, position)
          const expected = [...states.get(source)![position]].sort((a, b) => a - b)
          const own = rows.flatMap((row, sequence) => (row === source ? [sequence] : []))
          expect(own.filter(s => stretches.some(r => r.first <= s && s <= r.last))).toEqual(expected)
          expect(own.filter(s => ranges.some(r => r.first <= s && s <= r.last && Math.max(s, r.since) <= position && position < r.until))).toEqual(expected)
        }
      }
    }))
  })

  it('gives stretches in order without overlap, and ranges that part all sequences', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 40, size: 'max' }), steps => {
      const { marks } = simulate(steps)
      const stretches = countingAt(marks, 'a', steps.length)
      for (const [i, s] of stretches.entries()) expect(s.first).toBeGreaterThan(stretches[i - 1]?.last ?? 0)
      for (const s of stretches) expect(s.last).toBeGreaterThanOrEqual(s.first)
      const ranges = countingRanges(marks, 'a')
      for (const [i, r] of ranges.entries()) {
        const before = ranges[i - 1]
        if (before?.first === r.first) expect([r.last, r.since]).toEqual([before.last, Math.max(r.since, before.until + 1)])
        else expect(r.first).toBe((before?.last ?? 0) + 1)
        expect(r.until).toBeGreaterThan(r.since)
      }
      expect(ranges.at(-1)).toMatchObject({ last: END - 1, until: END })
    }))
  })

  it('lets a position go on from those whose rows it keeps, in their order', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 30, size: 'max' }), steps => {
      const { marks, states } = simulate(steps)
      const list = states.get('a')!
      for (let position = 0; position <= steps.length; position++) for (let earlier = 0; earlier <= position; earlier++) {
        if (!continues(marks, 'a', earlier, position)) continue
        const later = [...list[position]].filter(s => !list[earlier].has(s))
        expect([...list[earlier]].every(s => list[position].has(s))).toBe(true)
        expect(later.every(s => s > earlier)).toBe(true)
      }
      expect(continues(marks, 'a', steps.length, steps.length)).toBe(true)
      for (const m of marks) if (m.source !== 'b') expect(continues(marks, 'a', m.to, m.sequence)).toBe(true)
    }))
  })

  it('counts again what an undone undo had voided', () => {
    const undone = { sequence: 6, to: 3, source: '' }
    const again = { sequence: 9, to: 5, source: '' }
    expect(countingAt([undone], 'a', 8)).toEqual([{ first: 1, last: 3 }, { first: 6, last: 8 }])
    expect(countingAt([undone, again], 'a', 10)).toEqual([{ first: 1, last: 5 }, { first: 9, last: 10 }])
    expect(countingRanges([undone, again], 'a')).toEqual([
      { first: 1, last: 3, since: 1, until: END }, { first: 4, last: 5, since: 4, until: 6 }, { first: 4, last: 5, since: 9, until: END },
      { first: 6, last: 8, since: 6, until: 9 }, { first: 9, last: END - 1, since: 9, until: END },
    ])
    expect(countingAt([{ ...undone, source: 'b' }], 'a', 8)).toEqual([{ first: 1, last: 8 }])
  })
})
