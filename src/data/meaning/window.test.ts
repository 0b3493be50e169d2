import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../../adapters/engines/duckdb/index.ts'
import type { Window } from '../../core/definition.ts'
import type { Engine, EngineSession } from '../../core/ports/engine.ts'
import { tableFromRows, tableRows } from '../../core/table.ts'
import { DAY, formatDuration, HOUR, MINUTE } from '../../core/time.ts'
import { lowerBound, lowerBoundSql, planWindow, reachOf, windowKey } from './window.ts'

let engine: Engine
let session: EngineSession
beforeAll(async () => { engine = await openDuckdb({ memory: '1GB', threads: 2 }); session = await engine.connect() })
afterAll(async () => { await engine.close() })

const plan = (w: Window): ReturnType<typeof planWindow> => planWindow(w, 'window')
const size = fc.oneof(fc.constantFrom(1, 2, 3, MINUTE, HOUR, DAY, 7 * DAY, 36_500 * DAY), fc.integer({ min: 1, max: 10 ** 12 }))
const offset = fc.oneof(fc.constantFrom(0, 1, -1, -5 * HOUR, 5 * HOUR, 400 * DAY), fc.integer({ min: -(10 ** 12), max: 10 ** 12 }))
const window: fc.Arbitrary<Window> = fc.oneof(
  size.map(formatDuration), fc.record({ tumbling: size.map(formatDuration) }), fc.record({ tumbling: size.map(formatDuration), offset: offset.map(formatDuration) }),
  fc.record({ session: fc.constantFrom('1us', '30m'), longest: size.map(formatDuration) }),
)
const time = fc.oneof(fc.constantFrom(0, 1, -1, DAY, DAY - 1, -DAY, -DAY - 1, 1_364_774_400_000_000), fc.integer({ min: -8 * 10 ** 15, max: 8 * 10 ** 15 }))

describe('windows', () => {
  it('begin at the same microsecond in JavaScript and in SQL, whatever the time', async () => {
    await fc.assert(fc.asyncProperty(fc.array(window, { minLength: 1, maxLength: 6 }), fc.array(time, { minLength: 1, maxLength: 40 }), async (windows, times) => {
      const plans = windows.map(plan)
      await session.load('times', tableFromRows([{ name: 't', type: 'int64' }], times.map(t => ({ t }))))
      const rows = tableRows(await session.query(`SELECT ${plans.map((p, i) => `CAST(${lowerBoundSql(p, 't')} AS BIGINT) AS w${i}`).join(', ')} FROM times ORDER BY rowid`))
      // Before the first time that a number tells exactly, where no row lies, any bound is the same.
      const clamp = (bound: number): number => Math.max(bound, Number.MIN_SAFE_INTEGER)
      times.forEach((t, r) => { plans.forEach((p, i) => { expect([windowKey(p), t, clamp(Number(rows[r][`w${i}`]))]).toEqual([windowKey(p), t, clamp(lowerBound(p, t))]) }) })
    }), { numRuns: 60 })
  })

  it('tumble from the whole multiple of their size, plus offset, that is the last up to t', () => {
    fc.assert(fc.property(size, offset, time, (s, o, t) => {
      const p = plan({ tumbling: formatDuration(s), offset: formatDuration(o) })
      const start = lowerBound(p, t) + 1
      fc.pre(start - s > Number.MIN_SAFE_INTEGER)
      expect(start).toBeLessThanOrEqual(t)
      expect(start + s).toBeGreaterThan(t)
      expect((BigInt(start) - BigInt(o)) % BigInt(s)).toBe(0n)
      expect(lowerBound(p, start)).toBe(start - 1)
      expect(lowerBound(p, start - 1)).toBe(start - s - 1)
      expect(t - lowerBound(p, t)).toBeLessThanOrEqual(reachOf(p))
    }))
  })

  it('of a day begin at midnight of UTC, moved by the offset', () => {
    const at = (text: string): number => Date.parse(text) * 1_000
    expect(lowerBound(plan({ tumbling: '1d' }), at('2013-05-01T13:00:00Z'))).toBe(at('2013-05-01T00:00:00Z') - 1)
    expect(lowerBound(plan({ tumbling: '1d' }), at('1969-12-31T23:59:59Z'))).toBe(at('1969-12-31T00:00:00Z') - 1)
    expect(lowerBound(plan({ tumbling: '1d', offset: '5h' }), at('2013-05-01T03:00:00Z'))).toBe(at('2013-04-30T05:00:00Z') - 1)
    expect(lowerBound(plan({ tumbling: '1d', offset: '-5h' }), at('2013-05-01T20:00:00Z'))).toBe(at('2013-05-01T19:00:00Z') - 1)
    // Weeks begin on a Thursday, as 1970 did.
    expect(lowerBound(plan({ tumbling: '7d', offset: '4d' }), at('2013-05-01T20:00:00Z'))).toBe(at('2013-04-29T00:00:00Z') - 1)
  })

  it('slide, and of sessions the longest counts', () => {
    expect([lowerBound(plan('1h'), 5), reachOf(plan('1h'))]).toEqual([5 - HOUR, HOUR])
    expect([lowerBound(plan('lifetime'), 5), reachOf(plan('lifetime')), lowerBoundSql(plan('lifetime'), 't')]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, null])
    expect([lowerBound(plan({ session: '30m' }), 0), reachOf(plan({ session: '30m' }))]).toEqual([-DAY, DAY])
    expect(reachOf(plan({ session: '30m', longest: '2h' }))).toBe(2 * HOUR)
  })

  it('are the same where they cover the same rows', () => {
    expect(windowKey(plan({ tumbling: '1d', offset: '25h' }))).toBe(windowKey(plan({ tumbling: '24h', offset: '1h' })))
    expect(windowKey(plan({ tumbling: '1d', offset: '-23h' }))).toBe(windowKey(plan({ tumbling: '24h', offset: '1h' })))
    expect(windowKey(plan('60m'))).toBe(windowKey(plan('1h')))
    expect(new Set([plan('1h'), plan({ tumbling: '1h' }), plan({ session: '1h' }), plan({ session: '1h', longest: '2h' }), plan('lifetime')].map(windowKey)).size).toBe(5)
  })

  it.each<[unknown, RegExp]>([['1 hour', /window must be a duration/], ['0s', /window must be/], ['-1h', /window must be/], [{ tumbling: '0h' }, /window\.tumbling/], [{ tumbling: '1h', offset: 'x' }, /window\.offset/], [{ session: '0s' }, /window\.session/], [{ session: '1m', longest: '' }, /window\.longest/]])('refuse %j', (bad, message) => {
    expect(() => plan(bad as Window)).toThrow(message)
    expect(() => plan(bad as Window)).toThrowError(expect.objectContaining({ code: 'invalid_definition' }))
  })
})
