import type { Micros } from './time.ts'

/** Time as a port. `now` is the home's time (event time, acceptance); `recorded` is the wall clock that ledger and journal stamp. */
export interface Clock {
  now(): Micros
  recorded(): Micros
}

/** Both are the machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now() * 1_000,
  recorded: () => Date.now() * 1_000,
}

/** A clock as it stands, to travel from process to process with a call: of two states the one with the greater version was set later. */
export interface ClockState { version: number; frozen: Micros | null; offset: Micros }

/** How long a standing clock that came from another process stands without being heard of again: its owner may have died. */
const BORROWED: Micros = 60_000_000

/** A clock that can be set (it goes on from there at wall speed) or frozen: a replay of last year and live traffic run the same code. */
export class SettableClock implements Clock {
  #offset = 0
  #frozen: Micros | null = null
  #version = 0
  /** Wall time until which a standing clock of another process stands; null for one's own. */
  #borrowedUntil: Micros | null = null
  now(): Micros {
    if (this.#frozen === null) return this.recorded() + this.#offset
    return this.#borrowedUntil === null ? this.#frozen : this.#frozen + Math.max(0, this.recorded() - this.#borrowedUntil)
  }
  recorded(): Micros { return Date.now() * 1_000 }
  /** From now on, `now()` continues from `time`; null returns to the wall clock. */
  set(time: Micros | null): void {
    this.#own()
    this.#frozen = null
    this.#offset = time === null ? 0 : time - this.recorded()
  }
  /** True while `now()` stands still. */
  get frozen(): boolean { return this.state.frozen !== null }
  /** `now()` stands at `time` until the next call of `freeze` or `set`. */
  freeze(time: Micros): void {
    this.#own()
    this.#frozen = time
  }
  /** What has to be kept to continue after a restart: `now() − recorded()`. */
  get offset(): Micros { return this.now() - this.recorded() }
  get state(): ClockState {
    const lapsed = this.#borrowedUntil !== null && this.recorded() > this.#borrowedUntil
    return { version: this.#version, frozen: lapsed ? null : this.#frozen, offset: lapsed ? this.offset : this.#offset }
  }
  /** Follows the clock of another process, unless it was set here later. */
  adopt({ version, frozen, offset }: ClockState): void {
    if (version < this.#version || (version === this.#version && this.#borrowedUntil === null && version > 0)) return
    this.#version = version
    this.#frozen = frozen
    this.#offset = offset
    this.#borrowedUntil = this.recorded() + BORROWED
  }
  #own(): void {
    // Processes of one machine share the wall clock, so that what is set later anywhere has the greater version.
    this.#version = Math.max(this.#version + 1, this.recorded())
    this.#borrowedUntil = null
  }
}
