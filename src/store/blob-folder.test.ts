import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sha256 } from '../core/digest.ts'
import { openBlobStore } from './blob-folder.ts'
import type { BlobStore } from './blobs.ts'

let dir: string
let blobs: BlobStore
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'slipway-blobs-'))
  blobs = await openBlobStore(join(dir, 'blobs'))
})
afterEach(() => { rmSync(dir, { recursive: true, force: true }) })

test('bytes and files are stored once under their digest', async () => {
  const bytes = Buffer.from('some bytes')
  const digest = await blobs.put(bytes)
  expect(digest).toBe(sha256(bytes))
  expect(blobs.path(digest)).toBe(join(dir, 'blobs', digest.slice(0, 2), digest.slice(2)))
  const file = join(dir, 'file')
  writeFileSync(file, Buffer.alloc(200_000, 7))
  const second = await blobs.putFile(file)
  expect(await blobs.putFile(file)).toBe(second)
  expect(await blobs.put(bytes)).toBe(digest)
  expect(Buffer.from(await blobs.get(second))).toEqual(Buffer.alloc(200_000, 7))
  expect(await blobs.list()).toEqual([digest, second].sort())
  expect(readdirSync(join(dir, 'blobs/tmp'))).toEqual([])
  expect([await blobs.has(digest), await blobs.has('0'.repeat(64)), await blobs.has('../x')]).toEqual([true, false, false])
})

test('what is missing, changed or no digest is said so', async () => {
  const digest = await blobs.put(Buffer.from('abc'))
  writeFileSync(blobs.path(digest), 'abd')
  await expect(blobs.get(digest)).rejects.toMatchObject({ code: 'corrupt' })
  await expect(blobs.get('0'.repeat(64))).rejects.toMatchObject({ code: 'not_found' })
  await expect(blobs.get('../../etc/passwd')).rejects.toMatchObject({ code: 'not_found' })
  writeFileSync(blobs.path(digest), 'ab')
  await blobs.put(Buffer.from('abc'))
  expect(Buffer.from(await blobs.get(digest)).toString()).toBe('abc')
})
