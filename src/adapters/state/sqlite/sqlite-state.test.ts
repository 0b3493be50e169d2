import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLog } from '../../../core/log.ts'
import type { StateBlock } from '../../../core/ports/state-backend.ts'
import { checkContract } from '../fixtures/state-contract.ts'
import { openSqliteState } from './index.ts'

let dir: string
beforeEach(async () => { dir = await mkdtemp(join(tmpdir(), 'slipway-state-')) })
afterEach(() => rm(dir, { recursive: true, force: true }))

async function* blocks(count: number, bytes: number): AsyncIterable<StateBlock> {
  for (let number = 0; number < count; number++) yield { number, bytes: new Uint8Array(bytes).fill(number) }
}

describe('online state in SQLite', () => {
  const log = openLog({ level: 'silent' })

  it('keeps to what every place for online state does', async () => {
    const state = openSqliteState(dir, log)
    try { await checkContract(state, async () => openSqliteState(dir, log)) } finally { await state.close() }
  })

  it('makes a file anew that is none, or another version of one, and says so', async () => {
    const warnings: string[] = []
    const loud = openLog({ level: 'warn', write: line => { warnings.push(line) } })
    await writeFile(join(dir, 'features.db'), 'no database, and long enough that somebody looks'.repeat(100))
    const state = openSqliteState(dir, loud)
    expect(await state.head()).toBe(null)
    await state.write({ expected: null, head: { position: 1, owner: 'a' }, states: [{ key: 'x', header: '', replaceAll: true, removes: [], blocks: blocks(3, 10) }] })
    await state.close()
    const again = openSqliteState(dir, loud)
    expect([await again.head(), warnings.length]).toEqual([{ position: 1, owner: 'a' }, 1])
    await again.close()
  })

  it('uses freed room again, and does not hold on to the log of a great write', async () => {
    const state = openSqliteState(dir, log)
    for (let position = 1; position <= 6; position++) {
      const expected = await state.head()
      await state.write({ expected, head: { position, owner: 'a' }, states: [{ key: 'x', header: '', replaceAll: true, removes: [], blocks: blocks(400, 60_000) }] })
    }
    // 24 MB of blocks; while they are replaced, both are there.
    expect((await stat(join(dir, 'features.db'))).size).toBeLessThan(60e6)
    expect(await state.size()).toBeLessThan(62e6)
    await state.close()
    expect(await stat(join(dir, 'features.db-wal')).catch(() => null)).toBe(null)
  })
})
