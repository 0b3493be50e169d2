/** How long others may be held up at a time, ms. */
const SLICE_MS = 4

/** For long work on state that nobody sees yet: in between, those who read what there is have their turn. */
export class Turns {
  #since = performance.now()

  async give(): Promise<void> {
    if (performance.now() - this.#since < SLICE_MS) return
    await new Promise(resolve => { setImmediate(resolve) })
    this.#since = performance.now()
  }
}
