import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'
import { leafHash } from '../../core/merkle.ts'
import { isDiskFull, makeFolder, storageError, writeFileDurably, type StagedEntry } from '../../store/index.ts'
import { signCheckpoint } from './note.ts'
import { copyName, type LedgerPaths } from './paths.ts'
import { lineOf } from './record.ts'
import type { Signer } from './signer.ts'
import type { GrowingTree } from './tree.ts'

/** Called before each step of sequencing; tests stop the world here. */
export type Probe = (step: 'log.write' | 'log.sync' | 'leaves.write' | 'leaves.sync' | 'checkpoint' | 'copy' | 'unstage') => void | Promise<void>

/** What recovery found: complete lines by where they begin, their tree, and the checkpoint over them. */
export interface LogState { offsets: number[]; end: number; tree: GrowingTree; checkpoint: string }

/** The files of the ledger, opened by their one writer. */
export class LogFile {
  readonly #paths: LedgerPaths
  readonly #signer: Signer
  readonly #state: LogState
  readonly #log: FileHandle
  readonly #leaves: FileHandle
  readonly #probe: Probe
  /** Set when a sync failed: what is on disk is then unknown, and only a new start may say. */
  #broken: unknown = null

  private constructor(paths: LedgerPaths, signer: Signer, state: LogState, log: FileHandle, leaves: FileHandle, probe: Probe) {
    this.#paths = paths
    this.#signer = signer
    this.#state = state
    this.#log = log
    this.#leaves = leaves
    this.#probe = probe
  }

  /** Opens for writing after recovery, which has cut what does not count. */
  static async open(paths: LedgerPaths, signer: Signer, state: LogState, probe: Probe): Promise<LogFile> {
    const [log, leaves] = [await open(paths.log, 'r+'), await open(paths.leaves, 'r+')]
    return new LogFile(paths, signer, state, log, leaves, probe)
  }

  /** Entries under a checkpoint. */
  get size(): number { return this.#state.offsets.length }
  get tree(): GrowingTree { return this.#state.tree }
  get checkpoint(): string { return this.#state.checkpoint }

  /**
   * Appends entries and signs the tree over them; durable when it returns. When it throws, none of them counts yet, and it may be tried again.
   * @throws SlipwayError `storage_full`.
   */
  async append(entries: readonly StagedEntry[]): Promise<void> {
    if (this.#broken !== null) throw new SlipwayError('internal', 'The ledger stopped after a failed sync of its files.', { cause: this.#broken, remedy: 'Check the disk, then restart.' })
    const { offsets } = this.#state
    const lines = entries.map((entry, i) => lineOf(entry, offsets.length + i))
    const leaves = lines.map(leafHash)
    const text = Buffer.concat(lines.flatMap(line => [line, NEWLINE]))
    try {
      await this.#probe('log.write')
      await this.#log.truncate(this.#state.end)
      await writeAt(this.#log, text, this.#state.end)
      await this.#probe('log.sync')
      await this.#sync(this.#log)
      await this.#probe('leaves.write')
      await writeAt(this.#leaves, Buffer.concat(leaves), offsets.length * 32)
      await this.#probe('leaves.sync')
      await this.#sync(this.#leaves)
    } catch (error) { throw storageError(error, this.#paths.log) }
    await this.#sign(lines, leaves)
    await this.keepCopy()
  }

  /** From the rename on, the entries count. */
  async #sign(lines: Buffer[], leaves: Uint8Array[]): Promise<void> {
    const { offsets, tree } = this.#state
    const before = tree.size
    for (const leaf of leaves) tree.push(leaf)
    try {
      await this.#probe('checkpoint')
      this.#state.checkpoint = writeCheckpoint(this.#paths, this.#signer, tree)
    } catch (error) {
      tree.truncate(before)
      // A full disk stops the temporary file, never the rename; after any other error the checkpoint may be the new one.
      if (!isFull(error)) this.#broken = error
      throw error
    }
    for (const line of lines) {
      offsets.push(this.#state.end)
      this.#state.end += line.length + 1
    }
  }

  /** Keeps a copy of the newest checkpoint. A full disk is no failure of the entries: the next checkpoint's copy covers them too. */
  async keepCopy(): Promise<void> {
    await this.#probe('copy')
    try { writeCopy(this.#paths, this.#state.tree.size, this.#state.checkpoint) } catch (error) {
      if (!isFull(error)) throw error
    }
  }

  /** The line of an entry, without its newline. */
  async line(index: number): Promise<Buffer> {
    const { offsets, end } = this.#state
    const from = offsets[index]
    const bytes = Buffer.allocUnsafe((offsets[index + 1] ?? end) - 1 - from)
    await this.#log.read(bytes, 0, bytes.length, from)
    return bytes
  }

  /** The lines of entries in [from, to), without their newlines. */
  async lines(from: number, to: number): Promise<Buffer[]> {
    const { offsets, end } = this.#state
    const start = offsets[from] ?? end
    const bytes = Buffer.allocUnsafe((offsets[to] ?? end) - start)
    const starts = offsets.slice(from, to)
    const stop = start + bytes.length
    await this.#log.read(bytes, 0, bytes.length, start)
    return starts.map((at, i) => bytes.subarray(at - start, (starts[i + 1] ?? stop) - 1 - start))
  }

  async close(): Promise<void> {
    await this.#log.close()
    await this.#leaves.close()
  }

  async #sync(file: FileHandle): Promise<void> {
    try { await file.datasync() } catch (error) {
      // After a full disk everything is written and synced again; after any other failure the kernel may have dropped what it held.
      if (!isFull(error)) this.#broken = error
      throw error
    }
  }
}

const NEWLINE = Buffer.from('\n')

function isFull(error: unknown): boolean { return (error instanceof SlipwayError && error.code === 'storage_full') || isDiskFull(error) }

async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten
}

/** Signs the tree and replaces HOME/ledger/checkpoint. Returns the note. */
export function writeCheckpoint(paths: LedgerPaths, signer: Signer, tree: GrowingTree): string {
  const note = signCheckpoint({ origin: signer.verifier.name, size: tree.size, root: tree.root() }, signer.key, signer.verifier)
  writeFileDurably(paths.checkpoint, note)
  return note
}

/** Keeps a copy of a checkpoint; what was signed stays signed, so that a ledger which was cut or rewritten later is found out. */
export function writeCopy(paths: LedgerPaths, size: number, note: string): void {
  makeFolder(paths.copies)
  writeFileDurably(join(paths.copies, copyName(size)), note)
}
