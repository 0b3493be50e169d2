// Frames on their way to the disk: encoded into memory that the writer thread shares, kept until they are durable.
import type { RawSegment } from './raw-segment.ts'

const SLAB_BYTES = 256 << 10

/** A contiguous piece of one segment file. */
interface Piece { segment: RawSegment; offset: number; slab: Slab; start: number; end: number; last: number; posted: boolean }

interface Slab { bytes: Buffer; view: DataView; used: number }

function newSlab(size: number): Slab {
  const memory = new SharedArrayBuffer(size)
  return { bytes: Buffer.from(memory), view: new DataView(memory), used: 0 }
}

export class PendingFrames {
  #slab = newSlab(SLAB_BYTES)
  #pieces: Piece[] = []
  #bytes = 0

  /** Bytes that are not durable yet. */
  get bytes(): number { return this.#bytes }

  /** Room for `size` bytes to encode into; nothing counts before `add`. */
  reserve(size: number): { bytes: Buffer; view: DataView; at: number } {
    if (this.#slab.used + size > this.#slab.bytes.length) this.#slab = newSlab(Math.max(SLAB_BYTES, size))
    return { bytes: this.#slab.bytes, view: this.#slab.view, at: this.#slab.used }
  }

  /** Takes what was encoded up to `end` as the next bytes of the segment's file. */
  add(segment: RawSegment, end: number, last: number): void {
    const slab = this.#slab
    const start = slab.used
    slab.used = end
    this.#bytes += end - start
    const open = this.#pieces.at(-1)
    if (open !== undefined && !open.posted && open.slab === slab && open.segment === segment) { open.end = end; open.last = last }
    else this.#pieces.push({ segment, offset: segment.length, slab, start, end, last, posted: false })
    segment.length += end - start
  }

  /** What has not been handed to the writer yet, in order. */
  *take(): Generator<{ file: string; bytes: Uint8Array; last: number }> {
    let from = this.#pieces.length
    while (from > 0 && !this.#pieces[from - 1].posted) from--
    for (const piece of this.#pieces.slice(from)) {
      piece.posted = true
      yield { file: piece.segment.file, bytes: new Uint8Array(piece.slab.bytes.buffer, piece.start, piece.end - piece.start), last: piece.last }
    }
  }

  /** The bytes from `offset` of a segment's file on, where they still wait; null when they are in the file. */
  find(segment: RawSegment, offset: number): Buffer | null {
    for (const p of this.#pieces) {
      if (p.segment === segment && offset >= p.offset && offset < p.offset + p.end - p.start) return p.slab.bytes.subarray(p.start + offset - p.offset, p.end)
    }
    return null
  }

  /** Drops what is durable up to and with `last`. */
  release(last: number): void {
    let n = 0
    while (n < this.#pieces.length && this.#pieces[n].posted && this.#pieces[n].last <= last) this.#bytes -= this.#pieces[n].end - this.#pieces[n++].start
    this.#pieces.splice(0, n)
  }

  clear(): void {
    this.#pieces = []
    this.#bytes = 0
    this.#slab = newSlab(SLAB_BYTES)
  }
}
