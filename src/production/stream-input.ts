/** An input that can be asked whether it has something to give now. Pulls one item at a time, never ahead of what was taken. */
export class StreamInput<T> {
  readonly #iterator: AsyncIterator<T>
  #pulled: Promise<IteratorResult<T>> | null = null
  #arrived: IteratorResult<T> | null = null

  constructor(items: AsyncIterable<T>) { this.#iterator = items[Symbol.asyncIterator]() }

  /** The next item where it is there already, else null; it is asked for in any case. */
  poll(): IteratorResult<T> | null {
    if (this.#pulled === null) {
      this.#pulled = this.#iterator.next()
      this.#pulled.then(result => { this.#arrived = result }, () => undefined)
    }
    return this.#arrived === null ? null : this.#take(this.#arrived)
  }

  /** Waits for the next item; throws what the input throws. */
  async next(): Promise<IteratorResult<T>> {
    const ready = this.poll()
    return ready ?? this.#take(await (this.#pulled as Promise<IteratorResult<T>>))
  }

  /** Lets the input go, without waiting for an item that may never come. */
  async close(): Promise<void> {
    if (this.#pulled !== null) { void this.#iterator.return?.().catch(() => undefined); return }
    await this.#iterator.return?.()
  }

  #take(result: IteratorResult<T>): IteratorResult<T> {
    this.#pulled = null
    this.#arrived = null
    return result
  }
}
