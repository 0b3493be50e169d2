import { Frontier, HASH_BYTES, leafHash } from '../../core/merkle.ts'
import { readBytesOrNull } from '../ledger/files.ts'
import { readLines } from '../ledger/lines.ts'
import { parseLine } from '../ledger/record.ts'
import type { LedgerEntry, RecordedDocument } from '../metadata.ts'
import type { Findings } from './findings.ts'
import type { GoodNote, Notes } from './notes.ts'

/** What the ledger says, as far as it can be believed. */
export interface LedgerView {
  /** The last entry about each document, by `kind/id`. */
  documents: Map<string, SaidDocument>
  /** Details of the last `segment.sealed` of each segment, by first sequence. */
  segments: Map<number, { details: LedgerEntry['details']; index: number; doubtful: boolean }>
  /** Lines that no checkpoint covered when it was read, with the id of their entry. */
  beyond: { id: string | null; line: number }[]
  /** Where the reading ended: what a writer appends meanwhile is after it. */
  end: { offset: number; index: number }
  /** Lines were changed or lost: what the ledger says last about a document may not be known. */
  damaged: boolean
}

/** What an entry says of a document. Doubtful when its line does not have the hash that is kept for it. */
export interface SaidDocument extends RecordedDocument { index: number; doubtful: boolean }

/** Indexes of entries whose line and leaf differ, and of lines that are no entry with their number. */
interface Reading { lines: number; leaves: number; differs: number[]; unreadable: number[] }

/** Roots by size, at the sizes of checkpoints. */
interface Roots { log: Map<number, string>; leaves: Map<number, string> }

const FROM_BACKUP = 'Restore HOME/ledger from a backup; the entries before this one are sound.'

/** Holds ledger.log, leaves.bin and the signed checkpoints against each other, and names the one that is wrong. */
export async function checkLedger(notes: Notes, findings: Findings): Promise<LedgerView> {
  const { paths, good } = notes
  const stored = await readBytesOrNull(paths.leaves) ?? Buffer.alloc(0)
  const sizes = new Set(good.map(note => note.size))
  const anchor = newest(notes)
  const view: LedgerView = { documents: new Map(), segments: new Map(), beyond: [], end: { offset: 0, index: 0 }, damaged: false }
  const reading: Reading = { lines: 0, leaves: Math.floor(stored.length / HASH_BYTES), differs: [], unreadable: [] }
  const roots: Roots = { log: new Map<number, string>(), leaves: rootsOf(stored, sizes) }
  const frontier = new Frontier()
  const note = (): void => { if (sizes.has(frontier.size)) roots.log.set(frontier.size, hex(frontier.root())) }
  note()
  for await (const { bytes, offset, index } of readLines(paths.log)) {
    reading.lines++
    const leaf = leafHash(bytes)
    frontier.append(leaf)
    note()
    const same = index >= reading.leaves || Buffer.compare(stored.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES), leaf) === 0
    if (!same) reading.differs.push(index)
    const entry = readEntry(bytes, index)
    if (entry === null) reading.unreadable.push(index)
    if (anchor !== null && index >= anchor.size) view.beyond.push({ id: entry?.id ?? null, line: index + 1 })
    view.end = { offset: offset + bytes.length + 1, index: index + 1 }
    if (entry !== null) remember(view, entry, !same)
  }
  findings.count('ledger entries', reading.lines)
  if (stored.length % HASH_BYTES !== 0) findings.problem('leaves', { place: `ledger/leaves.bin entry ${reading.leaves}`, what: `The file has ${stored.length} bytes, which is no multiple of 32.`, remedy: 'Remove ledger/leaves.bin: the next start writes it again from ledger.log.' })
  judge(anchor, notes, reading, roots, view, findings)
  return view
}

function judge(anchor: GoodNote | null, notes: Notes, reading: Reading, roots: Roots, view: LedgerView, findings: Findings): void {
  const { lines, leaves } = reading
  if (notes.checkpoint === null && notes.present === false && (lines > 0 || notes.good.length > 0)) {
    findings.problem('ledger', { place: 'ledger/checkpoint', what: `It is missing, and the ledger has ${lines} lines.`, remedy: 'Copy the newest file of HOME/checkpoints to HOME/ledger/checkpoint, or restore it from a backup.' })
  }
  if (notes.checkpoint !== null && anchor !== null && anchor.size > notes.checkpoint.size) {
    findings.problem('ledger', { place: 'ledger/checkpoint', what: `It covers ${notes.checkpoint.size} entries, and ${anchor.place} covers ${anchor.size}: it was put back to an older one.`, remedy: `Copy ${anchor.place} over it.` })
  }
  // Without any checkpoint that holds, lines and leaves can only be held against each other.
  const size = anchor?.size ?? Math.max(lines, leaves)
  const logHolds = anchor !== null && roots.log.get(size) === anchor.root
  const leavesHold = anchor !== null && roots.leaves.get(size) === anchor.root
  const differs = reading.differs.filter(i => i < size)
  const unreadable = reading.unreadable.filter(i => i < size)
  view.damaged = !logHolds && lines > 0
  const covered = anchor === null ? 'and no checkpoint that holds covers it' : `and the checkpoint over ${size} entries (${anchor.place}) covers it`
  if (logHolds) {
    for (const i of unreadable) findings.problem('ledger', { place: lineAt(i), what: `It was signed as it is, and is no entry with the number ${i}.`, remedy: 'Please report it.' })
    if (!leavesHold) leavesProblem(leaves < size && differs.length === 0 ? leaves : differs[0], leaves, 'Remove ledger/leaves.bin: the next start writes it again from ledger.log.', findings)
  } else if (leavesHold) {
    const first = differs[0] ?? unreadable[0]
    if (first === undefined) findings.problem('ledger', { place: lineAt(lines), what: `The file ends after ${lines} complete lines, ${covered}.`, remedy: FROM_BACKUP })
    else findings.problem('ledger', { place: lineAt(first), what: `Entry ${first} is not the one that was recorded: the hash in leaves.bin is another, ${covered}.${more(differs.length)}`, remedy: FROM_BACKUP })
  } else {
    for (const i of differs) findings.problem('ledger', { place: unreadable.includes(i) ? lineAt(i) : `${lineAt(i)} or ${leafAt(i)}`, what: `The line does not have the hash that is kept for it, ${covered}.`, remedy: FROM_BACKUP })
    for (const i of unreadable) if (!differs.includes(i)) findings.problem('ledger', { place: lineAt(i), what: `It is no entry with the number ${i}.`, remedy: FROM_BACKUP })
    if (lines < size) findings.problem('ledger', { place: lineAt(lines), what: `The file ends after ${lines} complete lines, ${covered}.`, remedy: FROM_BACKUP })
    if (leaves < size) leavesProblem(leaves, leaves, FROM_BACKUP, findings)
    if (anchor !== null && lines >= size && leaves >= size && differs.length === 0 && unreadable.length === 0) {
      findings.problem('ledger', { place: `ledger/ledger.log ${firstDisagreement(notes.good, roots.log)}`, what: 'Lines and leaves fit each other, and not the checkpoint: both were rewritten.', remedy: FROM_BACKUP })
    }
  }
  if (!logHolds && !leavesHold) return
  const sound = logHolds ? roots.log : roots.leaves
  for (const other of notes.good) if (other.size <= size && sound.get(other.size) !== other.root) {
    findings.problem('checkpoints', { place: other.place, what: `It signs another history of the first ${other.size} entries than ${anchor?.place}.`, remedy: 'Restore HOME/ledger from the backup that this checkpoint belongs to.' })
  }
}

const lineAt = (index: number): string => `ledger/ledger.log line ${index + 1}`
const leafAt = (index: number): string => `ledger/leaves.bin entry ${index} (byte ${index * HASH_BYTES})`
const more = (n: number): string => (n > 1 ? ` ${n - 1} more lines differ after it.` : '')

function leavesProblem(at: number, leaves: number, remedy: string, findings: Findings): void {
  findings.problem('leaves', { place: leafAt(at), what: at === leaves ? `The file ends after ${leaves} hashes, and there are more entries.` : `The hash kept for entry ${at} is not that of its line.`, remedy })
}

/** The checkpoint that says most; the ledger's own where a kept one says the same. */
function newest({ checkpoint, good }: Notes): GoodNote | null {
  const last = good.at(-1) ?? null
  return checkpoint !== null && checkpoint.size === last?.size ? checkpoint : last
}

/** The first kept checkpoint that does not fit narrows the place down. */
function firstDisagreement(good: GoodNote[], roots: Map<number, string>): string {
  let sound = 0
  for (const { size, root } of good) {
    if (roots.get(size) !== root) return size === sound + 1 ? `line ${size}` : `lines ${sound + 1} to ${size}`
    sound = size
  }
  return `lines from ${sound + 1}`
}

function readEntry(bytes: Buffer, index: number): LedgerEntry | null {
  try {
    const entry = parseLine(bytes)
    return entry.index === index ? entry : null
  } catch { return null }
}

function remember(view: LedgerView, entry: LedgerEntry, doubtful: boolean): void {
  const { index, details } = entry
  for (const document of entry.documents) view.documents.set(`${document.kind}/${document.id}`, { ...document, index, doubtful })
  if (entry.action === 'segment.sealed' && typeof details.first === 'number') view.segments.set(details.first, { details, index, doubtful })
}

function rootsOf(leaves: Buffer, sizes: ReadonlySet<number>): Map<number, string> {
  const roots = new Map<number, string>()
  const frontier = new Frontier()
  for (let i = 0; ; i++) {
    if (sizes.has(i)) roots.set(i, hex(frontier.root()))
    if ((i + 1) * HASH_BYTES > leaves.length) return roots
    frontier.append(leaves.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
  }
}

function hex(bytes: Uint8Array): string { return Buffer.from(bytes).toString('hex') }
