import { expect, it } from 'vitest'
import { fromBase32, newId } from './ids.ts'

it('ids are of 48 bits of time and 80 random ones, each another', () => {
  const before = Date.now()
  const made = Array.from({ length: 2_000 }, () => newId('run'))
  const after = Date.now()
  expect(new Set(made).size).toBe(made.length)
  for (const id of made) {
    expect(id).toMatch(/^run_[0-9a-hjkmnp-tv-z]{26}$/)
    const time = fromBase32(id.slice(4, 14)) as number
    expect(time).toBeGreaterThanOrEqual(before)
    expect(time).toBeLessThanOrEqual(after)
  }
  // Every place of the random part takes every digit.
  for (let at = 14; at < 30; at++) expect(new Set(made.map(id => id[at])).size).toBe(32)
})
