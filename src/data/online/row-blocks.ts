// Which rows lie in which block of kept state. A block is 1,024 numbers of arrival: rows that came together are written, and mostly dropped, together.

export const BLOCK_ROWS = 1_024
const NONE = -1

/** The slots of the rows of one block, in the order of arrival; NONE where a row is gone. */
interface Block { number: number; slots: Int32Array; rows: number; changed: boolean; /** Kept already, or about to be. */ kept: boolean; waiting: BlockCapture | null }

/** The bytes of the rows in `slots` (those that are not NONE). */
export type EncodeBlock = (slots: Int32Array) => Uint8Array

/** Arrivals ascend. Whoever changes a row says so BEFORE: what is being saved is the state of one moment, and a block that waits to be saved is encoded as it was. */
export class RowBlocks {
  readonly #encode: EncodeBlock
  readonly #blocks = new Map<number, Block>()
  #changed: Block[] = []
  #gone: number[] = []
  #last: Block | null = null

  constructor(encode: EncodeBlock) { this.#encode = encode }

  /** Before a row is added. */
  add(arrival: number, slot: number): void {
    const number = Math.floor(arrival / BLOCK_ROWS)
    let block = this.#last
    if (block === null || block.number !== number) block = this.#open(number)
    this.#touch(block)
    block.slots[arrival % BLOCK_ROWS] = slot
    block.rows++
  }

  /** Before a row is changed. */
  touch(arrival: number): void { this.#touch(this.#blocks.get(Math.floor(arrival / BLOCK_ROWS)) as Block) }

  /** Before a row is dropped. */
  remove(arrival: number): void {
    const block = this.#blocks.get(Math.floor(arrival / BLOCK_ROWS)) as Block
    this.#touch(block)
    block.slots[arrival % BLOCK_ROWS] = NONE
    if (--block.rows > 0) return
    this.#blocks.delete(block.number)
    if (this.#last === block) this.#last = null
    if (block.kept) this.#gone.push(block.number)
  }

  /** A row as it is kept: nothing of it needs saving. */
  restore(arrival: number, slot: number): void {
    const number = Math.floor(arrival / BLOCK_ROWS)
    const block = this.#last?.number === number ? this.#last : this.#open(number)
    block.kept = true
    block.slots[arrival % BLOCK_ROWS] = slot
    block.rows++
  }

  /** All slots in use, in the order of arrival. */
  *slots(): IterableIterator<number> {
    for (const block of this.#blocks.values()) for (const slot of block.slots) if (slot !== NONE) yield slot
  }

  /** What changed since the last capture, or all of it, as it is at this moment. The one before must be taken to its end or given up. */
  capture(all: boolean): BlockCapture {
    const blocks = (all ? [...this.#blocks.values()] : this.#changed).filter(b => b.rows > 0)
    const capture = new BlockCapture(blocks, all ? [] : this.#gone, this.#encode)
    for (const block of all ? new Set([...blocks, ...this.#changed]) : this.#changed) block.changed = false
    for (const block of blocks) { block.kept = true; block.waiting = capture }
    this.#changed = []
    this.#gone = []
    return capture
  }

  #open(number: number): Block {
    let block = this.#blocks.get(number)
    if (block === undefined) this.#blocks.set(number, block = { number, slots: new Int32Array(BLOCK_ROWS).fill(NONE), rows: 0, changed: false, kept: false, waiting: null })
    return this.#last = block
  }

  #touch(block: Block): void {
    if (block.waiting !== null) block.waiting.encodeNow(block)
    if (block.changed) return
    block.changed = true
    this.#changed.push(block)
  }
}

/** Blocks as they were at one moment. */
export class BlockCapture {
  /** Numbers of blocks that had been kept and are there no more. */
  readonly removes: readonly number[]
  readonly #blocks: Block[]
  readonly #encode: EncodeBlock
  readonly #early = new Map<Block, Uint8Array>()

  constructor(blocks: Block[], removes: readonly number[], encode: EncodeBlock) {
    this.#blocks = blocks
    this.removes = removes
    this.#encode = encode
  }

  encodeNow(block: Block): void {
    block.waiting = null
    this.#early.set(block, this.#encode(block.slots))
  }

  /** By ascending number, each made when it is asked for. */
  *take(): IterableIterator<{ number: number; bytes: Uint8Array }> {
    this.#blocks.sort((a, b) => a.number - b.number)
    for (const block of this.#blocks) {
      if (block.waiting === this) this.encodeNow(block)
      const bytes = this.#early.get(block) as Uint8Array
      this.#early.delete(block)
      yield { number: block.number, bytes }
    }
  }

  /** Nobody will take the rest. */
  giveUp(): void {
    for (const block of this.#blocks) if (block.waiting === this) block.waiting = null
    this.#early.clear()
  }
}
