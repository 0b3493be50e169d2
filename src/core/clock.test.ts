import { expect, it, vi } from 'vitest'
import { SettableClock } from './clock.ts'

it('follows the clock that was set last, wherever that was', () => {
  const [owner, follower] = [new SettableClock(), new SettableClock()]
  follower.adopt({ version: 0, frozen: null, offset: 5_000_000 })
  expect(Math.abs(follower.offset - 5_000_000)).toBeLessThan(100_000)
  owner.freeze(1_000)
  follower.adopt(owner.state)
  expect(follower.now()).toBe(1_000)
  const older = owner.state
  owner.freeze(2_000)
  follower.adopt(owner.state)
  follower.adopt(older)
  expect(follower.now()).toBe(2_000)
  follower.freeze(3_000)
  follower.adopt(owner.state)
  expect(follower.now()).toBe(3_000)
  owner.adopt(follower.state)
  expect(owner.now()).toBe(3_000)
})

it('a standing clock that came from elsewhere goes on when nothing is heard of it for a minute, and stands again when it is', () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) })
  try {
    const [owner, follower] = [new SettableClock(), new SettableClock()]
    owner.freeze(1_000)
    follower.adopt(owner.state)
    vi.advanceTimersByTime(61_000)
    expect([owner.now(), follower.now()]).toEqual([1_000, 1_001_000])
    owner.adopt(follower.state)
    expect(owner.now()).toBe(1_000)
    follower.adopt(owner.state)
    expect(follower.now()).toBe(1_000)
  } finally { vi.useRealTimers() }
})
