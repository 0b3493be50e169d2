import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../../core/log.ts'
import { writeFileDurably } from '../../store/index.ts'
import { decodeSnapshot, type Snapshot } from './snapshot.ts'

const NAME = /^features-(\d+)\.bin$/
const KEPT = 2

/** HOME/state: `features-<12-digit position>.bin`, the newest two. Derived, so a bad one is only a warning. */
export class SnapshotFolder {
  readonly #dir: string
  readonly #log: Log

  constructor(home: string, log: Log) {
    this.#dir = join(home, 'state')
    this.#log = log
  }

  async write(position: number, bytes: Uint8Array): Promise<void> {
    await mkdir(this.#dir, { recursive: true })
    writeFileDurably(join(this.#dir, `features-${String(position).padStart(12, '0')}.bin`), bytes)
    for (const old of (await this.#names()).slice(KEPT)) await rm(join(this.#dir, old), { force: true })
  }

  /** The newest sound snapshot that is not ahead of `position`; null when there is none. */
  async read(position: number): Promise<Snapshot | null> {
    for (const name of await this.#names()) {
      if (positionOf(name) > position) { this.#log.warn('A snapshot of online state is ahead of the journal and is ignored.', { file: name, position }); continue }
      try { return decodeSnapshot(await readFile(join(this.#dir, name))) } catch (error) {
        this.#log.warn('A snapshot of online state cannot be read and is ignored; older state and the journal replace it.', { file: name, error })
      }
    }
    return null
  }

  /** The newest first. */
  async #names(): Promise<string[]> {
    const names = await readdir(this.#dir).catch(() => [])
    return names.filter(n => NAME.test(n)).sort((a, b) => positionOf(b) - positionOf(a))
  }
}

function positionOf(name: string): number { return Number(NAME.exec(name)?.[1]) }
