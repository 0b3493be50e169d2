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

  /** Undefined if it is no JSON. NaN and Infinity, which some libraries write though JSON has none, become null and numbers. */
  get json(): unknown {
    if (this.#json === undefined && this.text !== null) {
      try { this.#json = JSON.parse(this.text) } catch { this.#json = parseLoosely(this.text) }
    }
    return this.#json
  }

  /** The bytes at the beginning as Latin-1, to look for a mark. */
  head(length: number): string { return String.fromCharCode(...this.bytes.subarray(0, length)) }
}

const BARE = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|-?\bNaN\b/g

function parseLoosely(text: string): unknown {
  if (!/NaN|Infinity/.test(text)) return undefined
  try {
    return JSON.parse(text.replace(BARE, token => (token.startsWith('"') ? token : token.endsWith('NaN') ? 'null' : token.startsWith('-') ? '-1e999' : '1e999')))
  } catch { return undefined }
}
