import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { Json } from '../../core/canonical.ts'
import { digestOf } from '../../core/digest.ts'
import { openDatabase, type Database, type Document, type HomePaths, type StagedEntry } from '../../store/index.ts'
import { readLines } from '../ledger/lines.ts'
import { parseLine } from '../ledger/record.ts'
import type { LedgerEntry } from '../metadata.ts'
import type { Findings } from './findings.ts'
import type { LedgerView, SaidDocument } from './ledger.ts'
import type { Notes } from './notes.ts'

const RESTORE = 'Restore slipway.db and HOME/ledger from one backup.'

/** Documents by `kind/id` whose body is the one that the ledger has. */
export type SoundDocuments = Map<string, Document>

/** Every current document must be what the last entry about it put; what waits for its number counts as said. */
export async function checkDocuments(home: HomePaths, notes: Notes, view: LedgerView, findings: Findings): Promise<SoundDocuments> {
  const sound: SoundDocuments = new Map()
  const file = basename(home.database)
  if (!existsSync(home.database)) {
    if (view.documents.size > 0) findings.problem('database', { place: file, what: `The database is missing, and the ledger tells of ${view.documents.size} documents.`, remedy: RESTORE })
    return sound
  }
  let database: Database
  try { database = await openDatabase(home.database, { readOnly: true }) } catch (error) {
    findings.problem('database', { place: file, what: `It cannot be opened. ${(error as Error).message}`, remedy: RESTORE })
    return sound
  }
  try {
    findings.count('database files')
    for (const fault of (await database.check()).slice(0, 3)) findings.problem('database', { place: file, what: `SQLite's integrity check says: ${fault}`, remedy: RESTORE })
    const staged = await readStaged(database, file, findings)
    findings.count('pending entries', staged.length)
    await checkBeyond(notes, view, staged, findings)
    const suspects = await compare(database, file, expectedDocuments(view, staged), sound, findings)
    // What changed while this was read is staged or in the ledger by now.
    const later = suspects.length === 0 ? [] : [...staged, ...await readStaged(database, file, findings)].map(entry => entry.record as unknown as LedgerEntry).concat(await readTail(notes, view))
    for (const suspect of suspects) if (!isExplained(suspect, later)) reportSuspect(suspect, file, view, findings)
  } catch (error) {
    findings.problem('database', { place: file, what: `It cannot be read. ${(error as Error).message}`, remedy: RESTORE })
  } finally { await database.close() }
  return sound
}

async function readStaged(database: Database, file: string, findings: Findings): Promise<StagedEntry[]> {
  try {
    return await database.staged()
  } catch (error) {
    findings.problem('database', { place: `${file} staged entries`, what: `They cannot be read. ${(error as Error).message}`, remedy: RESTORE })
    return []
  }
}

/** A line that the checkpoint did not cover is waiting to be signed, was signed meanwhile, or is nobody's. */
async function checkBeyond(notes: Notes, view: LedgerView, staged: StagedEntry[], findings: Findings): Promise<void> {
  if (view.beyond.length === 0) return
  const waiting = new Set(staged.map(entry => entry.id))
  const signed = await notes.reread()
  for (const { id, line } of view.beyond) if (line > signed && (id === null || !waiting.has(id))) {
    findings.problem('ledger', { place: `ledger/ledger.log line ${line}`, what: 'It is beyond the checkpoint, and no change waits for its place: nobody signed it.', remedy: 'Restore HOME/ledger from a backup, or remove the line if you know that it was added by hand.' })
  }
}

/** Entries that were appended since the ledger was read. */
async function readTail(notes: Notes, view: LedgerView): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = []
  for await (const { bytes } of readLines(notes.paths.log, view.end)) {
    try { entries.push(parseLine(bytes)) } catch { return entries }
  }
  return entries
}

/** The index is null while the entry waits for its number. */
type Expected = Map<string, Omit<SaidDocument, 'index'> & { index: number | null }>

function expectedDocuments(view: LedgerView, staged: StagedEntry[]): Expected {
  const expected: Expected = new Map(view.documents)
  for (const { record } of staged) for (const document of (record as unknown as LedgerEntry).documents ?? []) expected.set(`${document.kind}/${document.id}`, { ...document, index: null, doubtful: false })
  return expected
}

/** A document that is not what was said of it; `found` is null when it is not there. */
interface Suspect { name: string; found: Document | null; said: Omit<SaidDocument, 'index'> & { index: number | null } | undefined }

async function compare(database: Database, file: string, expected: Expected, sound: SoundDocuments, findings: Findings): Promise<Suspect[]> {
  const suspects: Suspect[] = []
  const kinds = new Set([...expected.values()].map(d => d.kind))
  for (const kind of [...kinds].sort()) for await (const found of documentsOf(database, kind, expected)) {
    const name = `${kind}/${found.id}`
    const said = expected.get(name)
    expected.delete(name)
    findings.count('documents')
    if ('error' in found) findings.problem('documents', { place: `${file} document ${name}`, what: `Its body cannot be read. ${found.error}`, remedy: RESTORE })
    else if (said !== undefined && digestOf(found.body as Json) === said.digest && found.revision === said.revision) sound.set(name, found)
    else suspects.push({ name, found, said })
  }
  for (const [name, said] of expected) if (said.digest !== null) suspects.push({ name, found: null, said })
  return suspects
}

/** A change that was made while the two were read. */
function isExplained({ name, found }: Suspect, later: LedgerEntry[]): boolean {
  const digest = found === null ? null : digestOf(found.body as Json)
  return later.some(entry => entry.documents.some(d => `${d.kind}/${d.id}` === name && d.digest === digest && (found === null || d.revision === found.revision)))
}

// Where the ledger is damaged, the entry of a later revision may be among what was lost: then only the same revision with another body is a change.
function reportSuspect({ name, found, said }: Suspect, file: string, view: LedgerView, findings: Findings): void {
  const same = found !== null && said !== undefined && found.revision === said.revision && !said.doubtful
  if (view.damaged && !same) return
  const entry = `Ledger entry ${said?.index ?? '(pending)'}`
  const what = said === undefined ? 'No ledger entry put it there.'
    : found === null ? `${entry} put it, and it is missing.`
      : said.digest === null ? `${entry} removed it, and it is there.`
        : `It is not what ${entry.toLowerCase()} put: ${same ? 'its body was changed' : `it is at revision ${found.revision}, not ${said.revision}`}.`
  findings.problem('documents', { place: `${file} document ${name}`, what, remedy: RESTORE })
}

/** All of a kind, in pages; one body that cannot be parsed does not hide the others. */
async function* documentsOf(database: Database, kind: string, expected: Expected): AsyncGenerator<Document | { id: string; error: string }> {
  const PAGE = 500
  for (let after: string | undefined; ;) {
    let page: Document[]
    try { page = await database.list(kind, { after, limit: PAGE }) } catch {
      const ids = [...expected.values()].filter(d => d.kind === kind && (after === undefined || d.id > after)).map(d => d.id)
      for (const id of ids) {
        try {
          const found = await database.get(kind, id)
          if (found !== null) yield found
        } catch (error) { yield { id, error: (error as Error).message } }
      }
      return
    }
    yield* page
    if (page.length < PAGE) return
    after = page.at(-1)?.id
  }
}
