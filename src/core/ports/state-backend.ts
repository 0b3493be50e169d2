/**
 * Where online state is kept: for each state a header and blocks of rows by number, all of it of ONE position of the journal, which holds the rest. Memory is
 * what reads work on; this is what a start begins from. Of several owners of one place (a copy of a home) the one that opened it last may write.
 */
export interface StateBackend {
  readonly kind: StateBackendKind
  /** What is kept; null when nothing is. @throws SlipwayError `unreachable`, `corrupt`. */
  head(): Promise<StateHead | null>
  /** The states that are kept. */
  list(): Promise<KeptState[]>
  /** The blocks of a state by ascending number, some at a time. @throws SlipwayError `corrupt` when one that there should be is not there. */
  blocks(key: string): AsyncIterable<StateBlock[]>
  /**
   * All or nothing, whenever the process or the server ends; durable as far as the server promises it.
   * @throws SlipwayError `conflict` when `expected` is not what is kept, or lies after the new position; `unreachable`, `storage_full`.
   */
  write(change: StateChange): Promise<void>
  /** Forgets everything, durably: state that belongs to another journal must not be taken for this one's later. */
  clear(): Promise<void>
  /** The bytes that all of it takes where it is kept, indexes and all. */
  size(): Promise<number>
  close(): Promise<void>
}

export type StateBackendKind = 'sqlite' | 'redis' | 'postgres'

/** The journal position that everything kept is of, and a text that names who wrote it. */
export interface StateHead { position: number; owner: string }

/** `header` is the writer's own text, `blocks` how many blocks there are. */
export interface KeptState { key: string; header: string; blocks: number }

export interface StateBlock { number: number; bytes: Uint8Array }

export interface StateChange {
  /** What the writer believes to be kept; null: nothing. */
  expected: StateHead | null
  head: StateHead
  /** All states, changed or not: one that is kept and is not here is dropped. */
  states: StateUpdate[]
}

export interface StateUpdate {
  key: string
  header: string
  /** True: the blocks are all of it, whatever is kept. */
  replaceAll: boolean
  /** Numbers of blocks that are there no more; done before `blocks`. */
  removes: readonly number[]
  /** New and changed blocks. They are made while they are taken, so that they need not all be in memory. */
  blocks: AsyncIterable<StateBlock>
}
