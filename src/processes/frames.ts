// Messages on a stream of bytes: four bytes of length, then node:v8's structured serialisation, which knows typed arrays, 64-bit integers, NaN and −0.
import { deserialize, serialize } from 'node:v8'
import { SlipwayError } from '../core/errors.ts'

const LENGTH = 4
/** Beyond what any table of a call needs; a length that is none at all is found here. */
const MOST_BYTES = 2 ** 31

export function encodeFrame(message: unknown): Buffer {
  const body = serialize(message)
  const frame = Buffer.allocUnsafe(LENGTH + body.length)
  frame.writeUInt32LE(body.length, 0)
  body.copy(frame, LENGTH)
  return frame
}

/** The messages of a body, as they come. @throws SlipwayError `unreachable` when it ends within one. */
export async function* readFrames(body: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  let chunks: Buffer[] = []
  let have = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    have += chunk.length
    while (have >= LENGTH) {
      // Joined once a message is whole, so that a large one is not copied again and again.
      if (chunks[0].length < LENGTH) chunks = [Buffer.concat(chunks)]
      const length = chunks[0].readUInt32LE(0)
      if (length > MOST_BYTES) throw new SlipwayError('internal', `A message of ${length} bytes was announced.`)
      if (have < LENGTH + length) break
      const all = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
      yield deserialize(all.subarray(LENGTH, LENGTH + length))
      const rest = all.subarray(LENGTH + length)
      chunks = rest.length > 0 ? [rest] : []
      have = rest.length
    }
  }
  if (have > 0) throw new SlipwayError('unreachable', 'The connection ended in the middle of a message.')
}
