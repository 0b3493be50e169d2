import { open } from 'node:fs/promises'
import { isMissing } from './files.ts'

const NEWLINE = 0x0a

/** A complete line without its newline, where it begins, and its place among the lines (from 0). */
export interface Line { bytes: Buffer; offset: number; index: number }

/**
 * Complete lines of a file in order, read in pieces, so that its size does not matter. Returns where the last of them ends;
 * what follows is a torn line. A file that is missing has no lines.
 */
export async function* readLines(path: string, from = { offset: 0, index: 0 }): AsyncGenerator<Line, number> {
  let file
  try { file = await open(path, 'r') } catch (error) { if (isMissing(error)) return 0; throw error }
  try {
    let { offset, index } = from
    let rest: Buffer = Buffer.alloc(0)
    for (let position = offset; ;) {
      const chunk = Buffer.allocUnsafe(1 << 18)
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position)
      if (bytesRead === 0) return offset
      position += bytesRead
      const data = rest.length === 0 ? chunk.subarray(0, bytesRead) : Buffer.concat([rest, chunk.subarray(0, bytesRead)])
      let start = 0
      for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
        yield { bytes: data.subarray(start, end), offset, index: index++ }
        offset += end + 1 - start
        start = end + 1
      }
      rest = data.subarray(start)
    }
  } finally { await file.close() }
}
