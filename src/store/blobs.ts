/** Content by digest: immutable bytes under their SHA-256. A folder now, an object store behind the same interface later. */
export interface BlobStore {
  /** Durable when it returns; the same bytes twice are one blob. */
  put(bytes: Uint8Array): Promise<string>
  /** Streams a file in, by copy. */
  putFile(path: string): Promise<string>
  /** `not_found`, or `corrupt` when the bytes no longer have this digest. */
  get(digest: string): Promise<Uint8Array>
  has(digest: string): Promise<boolean>
  /** Where the bytes lie, for engines that read files. */
  path(digest: string): string
  list(): Promise<string[]>
}
