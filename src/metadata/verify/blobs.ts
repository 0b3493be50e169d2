import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { openBlobStore, type HomePaths } from '../../store/index.ts'
import type { SoundDocuments } from './documents.ts'
import type { Findings } from './findings.ts'
import type { LedgerView } from './ledger.ts'

/** Every blob must have the digest it is stored under, and every blob that a current document names must be there. */
export async function checkBlobs(home: HomePaths, view: LedgerView, findings: Findings): Promise<void> {
  const users = new Map<string, string[]>()
  for (const [name, document] of view.documents) for (const digest of document.blobs ?? []) {
    if (document.digest === null || (view.damaged && document.doubtful)) continue
    const names = users.get(digest)
    if (names === undefined) users.set(digest, [name])
    else names.push(name)
  }
  const usedBy = (digest: string): string => {
    const names = users.get(digest) ?? []
    return names.length === 0 ? 'No document names it.' : `It belongs to ${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}.`
  }
  const store = existsSync(home.blobs) ? await openBlobStore(home.blobs) : null
  const present = store === null ? [] : await store.list()
  for (const digest of store === null ? [] : present) {
    const path = (store as NonNullable<typeof store>).path(digest)
    findings.count('blobs')
    const found = await hashFile(path)
    if (found !== digest) findings.problem('blobs', { place: relative(home.dir, path), what: `Its bytes are not those it is stored under. ${usedBy(digest)}`, remedy: 'Restore the file from a backup.' })
  }
  const there = new Set(present)
  for (const digest of users.keys()) if (!there.has(digest)) {
    findings.problem('blobs', { place: join(basename(home.blobs), digest.slice(0, 2), digest.slice(2)), what: `It is missing. ${usedBy(digest)}`, remedy: 'Restore the file from a backup.' })
  }
}

/** Every release's zip must have the digest that its document records (`zip`, a file name within HOME/releases, and `zipDigest`). */
export async function checkReleases(home: HomePaths, documents: SoundDocuments, view: LedgerView, findings: Findings): Promise<void> {
  const recorded = new Set<string>()
  for (const document of documents.values()) {
    const { zip, zipDigest } = document.body
    if (document.kind !== 'release' || typeof zip !== 'string' || typeof zipDigest !== 'string') continue
    const file = basename(zip)
    recorded.add(file)
    findings.count('release zips')
    const place = join(basename(home.releases), file)
    const found = existsSync(join(home.releases, file)) ? await hashFile(join(home.releases, file)) : null
    if (found !== zipDigest) findings.problem('releases', { place, what: `${found === null ? 'It is missing' : 'Its bytes are not those that were recorded'}. It is the package of release/${document.id}.`, remedy: 'Restore the file from a backup, or make it again from the release.' })
  }
  // A zip without a document is what a crash between the two leaves behind, unless the document could not be read.
  const known = [...view.documents].filter(([, d]) => d.kind === 'release' && d.digest !== null).length
  if (known > recorded.size) return
  for (const file of existsSync(home.releases) ? await readdir(home.releases) : []) if (file.endsWith('.zip') && !recorded.has(file)) findings.count('zips without a release')
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
