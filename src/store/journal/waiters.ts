// Who waits for which sequence to be durable.

interface Waiter { sequence: number; promise: Promise<void>; resolve(): void; reject(error: unknown): void }

export class Waiters {
  /** By sequence. */
  #waiting: Waiter[] = []

  /** One promise for all that wait for the same sequence. */
  add(sequence: number): Promise<void> {
    let at = this.#waiting.length
    while (at > 0 && this.#waiting[at - 1].sequence > sequence) at--
    if (at > 0 && this.#waiting[at - 1].sequence === sequence) return this.#waiting[at - 1].promise
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.splice(at, 0, { sequence, promise, resolve, reject })
    return promise
  }

  resolve(durable: number): void {
    let n = 0
    while (n < this.#waiting.length && this.#waiting[n].sequence <= durable) this.#waiting[n++].resolve()
    this.#waiting.splice(0, n)
  }

  rejectAll(error: unknown): void {
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error)
  }
}
