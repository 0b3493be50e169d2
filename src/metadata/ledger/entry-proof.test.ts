import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ada, openSmallHome } from '../fixtures/small-home.ts'
import type { LedgerEntry } from '../metadata.ts'
import { verifyEntry, type EntryProof } from './entry-proof.ts'
import { parseCheckpoint } from './note.ts'

describe('the proof of an entry', () => {
  it('convinces an outsider of each entry, and of nothing else', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'slipway-proof-'))
    const { metadata, close } = await openSmallHome(dir)
    try {
      for (let i = 0; i < 7; i++) await metadata.record({ actor: ada, action: 'note.written', subject: `note/${i}`, details: { i, big: 2n ** 62n } })
      const note = await metadata.ledger.checkpoint()
      const { size } = parseCheckpoint(note)
      const vkey = readFileSync(join(dir, 'ledger', 'verifier.pub'), 'utf8')
      const proofs: EntryProof[] = []
      for (let index = 0; index < size; index++) {
        const entry = await metadata.ledger.get(index) as LedgerEntry
        const { path } = await metadata.ledger.prove(index, size)
        proofs.push({ entry, path, note, vkey })
      }
      expect(proofs).toHaveLength(7)
      for (const proof of proofs) {
        expect(verifyEntry(proof)).toMatchObject({ size })
        expect(() => verifyEntry({ ...proof, entry: { ...proof.entry, actor: 'user:eve' } })).toThrow(/its proof does not lead to the root/)
        expect(() => verifyEntry({ ...proof, entry: { ...proof.entry, index: size } })).toThrow(/covers 7 entries/)
        expect(() => verifyEntry({ ...proof, path: proof.path.slice(1) })).toThrow(/its proof does not lead/)
      }
      expect(() => verifyEntry({ ...proofs[0], path: proofs[3].path })).toThrow(/its proof does not lead/)
      expect(() => verifyEntry({ ...proofs[0], note: note.replace('\n7\n', '\n8\n') })).toThrow(/signature/)
    } finally {
      await close()
      rmSync(dir, { recursive: true, force: true })
    }
  })
})
