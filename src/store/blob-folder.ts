// Blobs in a folder: DIR/ab/cdef… under the hex SHA-256 of the bytes.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { mkdir, open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SlipwayError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import { sha256 } from '../core/digest.ts'
import type { BlobStore } from './blobs.ts'
import { makeFolder, storageError, syncFolder } from './durable.ts'

const DIGEST = /^[0-9a-f]{64}$/

/** Opens (and makes) a blob store in a folder. `put` is durable when it returns; `get` verifies the digest. */
export async function openBlobStore(dir: string): Promise<BlobStore> {
  makeFolder(dir)
  return new BlobFolder(dir)
}

class BlobFolder implements BlobStore {
  readonly #dir: string
  constructor(dir: string) { this.#dir = dir }

  path(digest: string): string {
    if (!DIGEST.test(digest)) throw new SlipwayError('not_found', `${JSON.stringify(digest.slice(0, 80))} is no SHA-256 digest.`)
    return join(this.#dir, digest.slice(0, 2), digest.slice(2))
  }

  async put(bytes: Uint8Array): Promise<string> {
    const digest = sha256(bytes)
    if (!this.#stored(digest, bytes.length)) await this.#write([bytes], () => digest)
    return digest
  }

  async putFile(path: string): Promise<string> {
    const hash = createHash('sha256')
    const source = createReadStream(path)
    const copied = (async function* copy() { for await (const chunk of source as AsyncIterable<Buffer>) { hash.update(chunk); yield chunk } })()
    return this.#write(copied, () => hash.digest('hex'))
  }

  async get(digest: string): Promise<Uint8Array> {
    const path = this.path(digest)
    let bytes: Buffer
    try { bytes = await readFile(path) } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new SlipwayError('not_found', `There is no blob ${digest}.`)
      throw error
    }
    const found = sha256(bytes)
    if (found !== digest) throw new SlipwayError('corrupt', `${path} has the digest ${found}, not the one it is stored under.`)
    return bytes
  }

  async has(digest: string): Promise<boolean> { return DIGEST.test(digest) && existsSync(this.path(digest)) }

  async list(): Promise<string[]> {
    const digests: string[] = []
    for (const folder of await readdir(this.#dir)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue
      for (const name of await readdir(join(this.#dir, folder))) if (DIGEST.test(folder + name)) digests.push(folder + name)
    }
    return digests.sort()
  }

  // A blob of another size is a damaged one: writing it again heals it.
  #stored(digest: string, size: number): boolean {
    return statSync(this.path(digest), { throwIfNoEntry: false })?.size === size
  }

  async #write(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, digestOf: () => string): Promise<string> {
    const temp = join(this.#dir, 'tmp', newId('req'))
    try {
      await mkdir(join(this.#dir, 'tmp'), { recursive: true })
      const file = await open(temp, 'wx')
      try {
        for await (const chunk of chunks) for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten
        await file.sync()
      } finally { await file.close() }
      const digest = digestOf()
      const path = this.path(digest)
      const folder = join(this.#dir, digest.slice(0, 2))
      makeFolder(folder)
      renameSync(temp, path)
      syncFolder(folder)
      return digest
    } catch (error) {
      rmSync(temp, { force: true })
      throw storageError(error, 'a blob')
    }
  }
}
