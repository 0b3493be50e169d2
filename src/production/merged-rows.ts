import type { RowsBlock } from '../store/index.ts'

/** Neighbouring rows of one block: places [from, to). */
export interface Run { block: RowsBlock; from: number; to: number }

/** Blocks of several streams as runs in the order of the journal. Only those of one stretch are held at a time. */
export async function* mergeBlocks(blocks: AsyncIterable<RowsBlock>): AsyncGenerator<Run> {
  let held: RowsBlock[] = []
  for await (const block of blocks) {
    if (block.table.rows === 0) continue
    if (held.length > 0 && block.stretch !== held[0].stretch) {
      yield* mergeHeld(held)
      held = []
    }
    held.push(block)
  }
  yield* mergeHeld(held)
}

function* mergeHeld(held: readonly RowsBlock[]): Generator<Run> {
  const open = held.map(block => ({ block, at: 0 }))
  while (open.length > 0) {
    const headOf = ({ block, at }: { block: RowsBlock; at: number }): bigint => block.sequences[at]
    const first = open.reduce((a, b) => (headOf(b) < headOf(a) ? b : a))
    let limit: bigint | null = null
    for (const other of open) if (other !== first && (limit === null || headOf(other) < limit)) limit = headOf(other)
    const { block, at: from } = first
    while (first.at < block.table.rows && (limit === null || headOf(first) < limit)) first.at++
    yield { block, from, to: first.at }
    if (first.at === block.table.rows) open.splice(open.indexOf(first), 1)
  }
}
