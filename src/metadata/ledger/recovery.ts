import { open, readdir } from 'node:fs/promises'
import { SlipwayError } from '../../core/errors.ts'
import { leafHash } from '../../core/merkle.ts'
import type { StagedEntry } from '../../store/index.ts'
import { isMissing, readBytesOrNull, readTextOrNull } from './files.ts'
import { readLines } from './lines.ts'
import type { LogState } from './log-file.ts'
import { writeCheckpoint, writeCopy } from './log-file.ts'
import { verifyCheckpoint } from './note.ts'
import { copyName, type LedgerPaths } from './paths.ts'
import { lineOf, parseLine } from './record.ts'
import type { Signer } from './signer.ts'
import { GrowingTree } from './tree.ts'

/** The state to go on from, and the staged entries that have their place in the ledger already. */
export interface Recovered { state: LogState; placed: string[] }

/**
 * Brings the ledger's files to one state after any stop. The checkpoint is the commit point: lines under it must be there; a complete line beyond it is kept when it is
 * the next staged entry, and cut when it is torn. A line beyond it that nobody staged is not ours: then the ledger is refused rather than cut.
 * @throws SlipwayError `corrupt`.
 */
export async function recoverLedger(paths: LedgerPaths, signer: Signer, staged: readonly StagedEntry[]): Promise<Recovered> {
  const note = await readTextOrNull(paths.checkpoint)
  const signed = note === null ? null : verifyOrExplain(note, signer)
  const size = signed?.size ?? 0
  const newest = (await keptSizes(paths)).at(-1) ?? 0
  if (newest > size) throw corrupt(`A checkpoint over ${newest} entries was kept, and HOME/ledger/checkpoint covers only ${size}: the ledger was cut`)

  const waiting = new Map(staged.map(entry => [entry.id, entry]))
  const leaves = await readBytesOrNull(paths.leaves)
  const stored = leaves ?? Buffer.alloc(0)
  const tree = new GrowingTree()
  const offsets: number[] = []
  const placed: string[] = []
  const expected = staged.values()
  let end = 0
  let cutting = false
  for await (const { bytes, offset, index } of readLines(paths.log)) {
    if (index < size) {
      // Under the checkpoint a leaf stands for its line; only `verify` reads every line again. The last batch may still be staged.
      tree.push((index + 1) * 32 <= stored.length ? stored.subarray(index * 32, (index + 1) * 32) : leafHash(bytes))
      if (index >= size - staged.length) {
        const id = idOf(bytes)
        if (id !== null && waiting.delete(id)) placed.push(id)
      }
    } else {
      let next = expected.next()
      while (!next.done && !waiting.has(next.value.id)) next = expected.next()
      if (!cutting && !next.done && lineOf(next.value, index).equals(bytes)) {
        tree.push(leafHash(bytes))
        placed.push(next.value.id)
      } else {
        const id = idOf(bytes)
        if (id !== null && !waiting.has(id)) throw corrupt(`ledger.log line ${index + 1} is beyond the checkpoint, and no change waits for its place`)
        cutting = true
        continue
      }
    }
    offsets.push(offset)
    end = offset + bytes.length + 1
  }
  if (offsets.length < size) throw corrupt(`ledger.log has ${offsets.length} complete lines, and the checkpoint covers ${size}`)
  if (signed !== null && tree.root(size) !== signed.root) throw corrupt(`The ledger's leaves do not have the root that its checkpoint over ${size} entries signs`)

  await cut(paths.log, end)
  await writeLeaves(paths.leaves, tree, leaves)
  const state: LogState = { offsets, end, tree, checkpoint: signed !== null && tree.size === size ? note ?? '' : writeCheckpoint(paths, signer, tree) }
  if (newest !== tree.size || tree.size === 0) writeCopy(paths, tree.size, state.checkpoint)
  return { state, placed }
}

function verifyOrExplain(note: string, signer: Signer): { size: number; root: string } {
  try { return verifyCheckpoint(note, signer.verifier) } catch (error) { throw corrupt(`HOME/ledger/checkpoint does not hold. ${(error as Error).message}`) }
}

function corrupt(what: string): SlipwayError {
  return new SlipwayError('corrupt', `${what}.`, { remedy: 'Run `slipway verify`, which names every place; restore HOME/ledger from a backup.' })
}

function idOf(line: Buffer): string | null {
  try { return parseLine(line).id } catch { return null }
}

/** Sizes of the kept checkpoints, in order. */
async function keptSizes(paths: LedgerPaths): Promise<number[]> {
  let names: string[]
  try { names = await readdir(paths.copies) } catch (error) { if (isMissing(error)) return []; throw error }
  return names.filter(name => /^\d{12}\.note$/.test(name)).map(Number.parseFloat).filter(size => names.includes(copyName(size))).sort((a, b) => a - b)
}

async function cut(path: string, end: number): Promise<void> {
  const file = await open(path, 'a')
  try {
    await file.truncate(end)
    await file.sync()
  } finally { await file.close() }
}

async function writeLeaves(path: string, tree: GrowingTree, stored: Buffer | null): Promise<void> {
  const leaves = Buffer.concat(Array.from({ length: tree.size }, (_, i) => tree.leaf(i)))
  if (stored !== null && leaves.equals(stored)) return
  const file = await open(path, 'w')
  try {
    await file.writeFile(leaves)
    await file.sync()
  } finally { await file.close() }
}
