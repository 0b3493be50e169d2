import { parseCanonical } from '../core/canonical.ts'
import type { Model } from './model.ts'

/** A model format: which files are of it, and what they say. */
export interface ModelFormat {
  /** Names it in the refusal of a file that is of no format. */
  readonly name: string
  /** By content, cheaply; never by a file's name. */
  recognise(file: ModelFile): boolean
  /**
   * Checks the whole file, so that scoring need not.
   * @throws SlipwayError `invalid_request`, naming the place.
   */
  read(file: ModelFile, digest: string): Model | Promise<Model>
}

/** The bytes of a file, with what several formats need to know of them, found out once. */
export class ModelFile {
  readonly bytes: Uint8Array
  #text: string | null | undefined
  #json: unknown

  constructor(bytes: Uint8Array) { this.bytes = bytes }

  /** Null if it is no UTF-8. */
  get text(): string | null {
    if (this.#text === undefined) {
      try { this.#text = new TextDecoder('utf-8', { fatal: true }).decode(this.bytes) } catch { this.#text = null }
    }
    return this.#text
  }

  /** Undefined if it is no JSON. */
  get json(): unknown {
    if (this.#json === undefined && this.text !== null) {
      try { this.#json = parseCanonical(this.text) } catch { this.#json = undefined }
    }
    return this.#json
  }

  /** The bytes at the beginning as Latin-1, to look for a mark. */
  head(length: number): string { return String.fromCharCode(...this.bytes.subarray(0, length)) }
}
