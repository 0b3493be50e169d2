import type { StateBlock } from '../../core/ports/state-backend.ts'

/** Blocks that travel together: about so many bytes, and no more than so many. */
export async function* portionsOf(blocks: AsyncIterable<StateBlock>, most: { bytes: number; blocks: number }): AsyncIterable<StateBlock[]> {
  let portion: StateBlock[] = []
  let bytes = 0
  for await (const block of blocks) {
    portion.push(block)
    bytes += block.bytes.byteLength
    if (bytes < most.bytes && portion.length < most.blocks) continue
    yield portion
    portion = []
    bytes = 0
  }
  if (portion.length > 0) yield portion
}

/** Takes each portion while the one before is on its way. */
export async function sendEach<T>(portions: AsyncIterable<T>, send: (portion: T) => Promise<unknown>): Promise<void> {
  let sent: Promise<unknown> = Promise.resolve()
  for await (const portion of portions) {
    await sent
    sent = send(portion)
    // Looked at in the next turn, or after the last.
    sent.catch(() => {})
  }
  await sent
}

export function cut<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
}
