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

/** A clock that can be set (it goes on from there at wall speed) or frozen: a replay of last year and live traffic run the same code. */
export class SettableClock implements Clock {
  #offset = 0
  #frozen: Micros | null = null
  now(): Micros { return this.#frozen ?? this.recorded() + this.#offset }
  recorded(): Micros { return Date.now() * 1_000 }
  /** From now on, `now()` continues from `time`; null returns to the wall clock. */
  set(time: Micros | null): void {
    this.#frozen = null
    this.#offset = time === null ? 0 : time - this.recorded()
  }
  /** True while `now()` stands still. */
  get frozen(): boolean { return this.#frozen !== null }
  /** `now()` stands at `time` until the next call of `freeze` or `set`. */
  freeze(time: Micros): void { this.#frozen = time }
  /** What has to be kept to continue after a restart: `now() − recorded()`. */
  get offset(): Micros { return this.now() - this.recorded() }
}
