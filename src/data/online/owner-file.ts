import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '../../core/ids.ts'
import { makeFolder, writeFileDurably } from '../../store/index.ts'

interface Owners { current: string; previous: string | null }

/**
 * HOME/state/owner.json: under which names this home has written what is kept elsewhere. Each start takes a new one, so that a copy of the home, or the home
 * that a copy was made of, sees that the other has been there: its journal says something else from then on.
 */
export class OwnerFile {
  readonly #dir: string
  readonly #known: Owners | null
  /** The name of this start. */
  readonly name = newId('own')
  #written = false

  private constructor(dir: string, known: Owners | null) {
    this.#dir = dir
    this.#known = known
  }

  static async open(dir: string): Promise<OwnerFile> {
    const text = await readFile(join(dir, 'owner.json'), 'utf8').catch(() => '')
    try { return new OwnerFile(dir, JSON.parse(text) as Owners) } catch { return new OwnerFile(dir, null) }
  }

  /** Whether this home, and nobody else, wrote what carries that name. */
  knows(name: string): boolean { return name === this.name || (this.#known !== null && [this.#known.current, this.#known.previous].includes(name)) }

  /** Before the first write under the new name. `previous`: whose state is there until then. */
  claim(previous: string | null): void {
    if (this.#written) return
    makeFolder(this.#dir)
    writeFileDurably(join(this.#dir, 'owner.json'), JSON.stringify({ current: this.name, previous } satisfies Owners))
    this.#written = true
  }
}
