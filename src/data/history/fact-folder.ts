// What was once found about data that cannot change, so that it need not be found again: HOME/state/facts. All of it is derived and may be deleted at any time.
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalize, type Json } from '../../core/canonical.ts'
import { digestOf } from '../../core/digest.ts'
import type { Log } from '../../core/log.ts'
import { writeFileDurably } from '../../store/index.ts'

/** Documents and files that are kept; the oldest go first. */
const KEPT = 2_000

/** A file beside the documents, under the digest of its bytes. */
export interface KeptFile { name: string; digest: string }

export class FactFolder {
  readonly #dir: string
  readonly #log: Pick<Log, 'warn'> | null
  /** Files whose bytes were compared with their digest by this process. */
  readonly #sound = new Set<string>()

  constructor(dir: string, log: Pick<Log, 'warn'> | null = null) {
    this.#dir = dir
    this.#log = log
  }

  /** What is kept under the digest of `key`; null when nothing sound is. */
  async read<T>(key: Json): Promise<T | null> {
    const path = join(this.#dir, `${digestOf(key)}.json`)
    const text = await readFile(path, 'utf8').catch(() => null)
    if (text === null) return null
    try {
      const { body, digest } = JSON.parse(text) as { body: Json; digest: string }
      if (digestOf(body) !== digest) throw new Error('its digest is another')
      return body as T
    } catch (error) {
      this.#log?.warn('What was found about a dataset cannot be read and is found again.', { file: path, error })
      return null
    }
  }

  async write(key: Json, body: Json): Promise<void> {
    try {
      await mkdir(this.#dir, { recursive: true })
      writeFileDurably(join(this.#dir, `${digestOf(key)}.json`), Buffer.from(canonicalize({ body, digest: digestOf(body) })))
      await this.#prune()
    } catch (error) { this.#log?.warn('What was found about a dataset cannot be kept and will be found again.', { folder: this.#dir, error }) }
  }

  /** Keeps what `make` writes to the path that it is given; null, with a warning, where that cannot be. */
  async keep(extension: string, make: (path: string) => Promise<void>): Promise<KeptFile & { path: string } | null> {
    const draft = join(this.#dir, `draft-${process.pid}-${randomBytes(6).toString('hex')}.${extension}`)
    try {
      await mkdir(this.#dir, { recursive: true })
      await make(draft)
      const digest = await fileDigest(draft)
      const name = `${digest}.${extension}`
      const path = join(this.#dir, name)
      await rename(draft, path)
      this.#sound.add(name)
      return { name, digest, path }
    } catch (error) {
      this.#log?.warn('What was found about a dataset cannot be kept and will be found again.', { folder: this.#dir, error })
      return null
    } finally { await rm(draft, { force: true }) }
  }

  /** The path of a kept file; null when it is gone or has other bytes. */
  async find({ name, digest }: KeptFile): Promise<string | null> {
    const path = join(this.#dir, name)
    const there = await stat(path).then(() => true, () => false)
    if (!there || (!this.#sound.has(name) && await fileDigest(path) !== digest)) {
      this.#sound.delete(name)
      return null
    }
    this.#sound.add(name)
    // What is in use is not the oldest.
    const now = new Date()
    await utimes(path, now, now).catch(() => {})
    return path
  }

  async #prune(): Promise<void> {
    const names = await readdir(this.#dir)
    if (names.length <= KEPT) return
    const aged = await Promise.all(names.map(async name => ({ name, at: await stat(join(this.#dir, name)).then(s => s.mtimeMs, () => 0) })))
    for (const { name } of aged.sort((a, b) => a.at - b.at).slice(0, names.length - KEPT)) await rm(join(this.#dir, name), { force: true })
  }
}

async function fileDigest(path: string): Promise<string> { return createHash('sha256').update(await readFile(path)).digest('hex') }
