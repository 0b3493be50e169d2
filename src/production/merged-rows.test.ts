import fc from 'fast-check'
import { expect, it } from 'vitest'
import { tableFromRows } from '../core/table.ts'
import type { RowsBlock } from '../store/index.ts'
import { mergeBlocks } from './merged-rows.ts'

const schema = [{ name: 'n', type: 'int64' as const }]

/** Every sequence of every stretch goes to one of three streams; a stretch's blocks come in any order. */
const journal = fc.array(fc.array(fc.integer({ min: -1, max: 2 }), { minLength: 1, maxLength: 30 }), { maxLength: 5 }).map(stretches => {
  let sequence = 0
  return stretches.flatMap((owners): RowsBlock[] => {
    const base = sequence
    sequence += owners.length
    return [2, 0, 1].flatMap(stream => {
      const mine = owners.flatMap((owner, i) => (owner === stream ? [base + i + 1] : []))
      if (mine.length === 0 && stream !== 0) return []
      return [{ stream: { name: `s${stream}`, columns: schema }, stretch: base + 1, sequences: BigInt64Array.from(mine, BigInt), recordedAt: new Float64Array(mine.length), table: tableFromRows(schema, mine.map(n => ({ n }))) }]
    })
  })
})

it('gives every row once, in the order of the journal, whatever the streams', async () => {
  await fc.assert(fc.asyncProperty(journal, async blocks => {
    const seen: number[] = []
    for await (const { block, from, to } of mergeBlocks((async function* all() { yield* blocks })())) for (let i = from; i < to; i++) seen.push(Number(block.sequences[i]))
    expect(seen).toEqual(blocks.flatMap(b => [...b.sequences].map(Number)).sort((a, b) => a - b))
  }), { numRuns: 1_000 })
})
