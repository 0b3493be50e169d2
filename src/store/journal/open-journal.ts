// The running journal. Numbers and encodes in the caller's turn, writes in a thread, tells when rows are durable.
import { randomInt } from 'node:crypto'
import { rmSync } from 'node:fs'
import { systemClock, type Clock } from '../../core/clock.ts'
import { SlipwayError } from '../../core/errors.ts'
import { openLog, type Log } from '../../core/log.ts'
import type { Engine } from '../../core/ports/engine.ts'
import { rowAt, type Table } from '../../core/table.ts'
import { makeFolder, storageError, syncFolder } from '../durable.ts'
import { encodeSegmentHeader, HEADER_BYTES, ROWS_FRAME, SCHEMA_FRAME, SEGMENT_FRAME, writeHeader } from './frame.ts'
import { LOST, type Batch, type ClosedSegment, type Journal, type JournalRow, type SealedSegment, type SegmentedJournal, type Stream, type RowsBlock, type RowsQuery } from './journal.ts'
import { PendingFrames } from './pending.ts'
import { rawSegmentPath, RawSegment } from './raw-segment.ts'
import { blockOf } from './read-rows.ts'
import { recoverSegments, type Recovered } from './recovery.ts'
import { boundRows, encodeRows } from './rows.ts'
import { sealSegment } from './seal.ts'
import type { SegmentWork } from './segment-work.ts'
import { SealedReader } from './sealed-reader.ts'
import { StreamTable } from './streams.ts'
import { Waiters } from './waiters.ts'
import { Writer } from './writer.ts'

/** A segment takes no more rows beyond so many bytes. */
const SEGMENT_BYTES = 256 << 20
/** How often a full disk is tried again, ms, and the room it must have. */
const RETRY_MS = 250
const RETRY_BYTES = 1 << 20

export interface JournalOptions {
  /** Folder of the raw segments. */
  dir: string
  segmentsDir: string
  /** group: durable means on disk. off: the operating system decides, and a power cut loses rows that were called durable. */
  sync: 'group' | 'off'
  segmentRows: number
  segmentSeconds: number
  /** Bytes waiting for the disk beyond which appends are refused with `overloaded`. */
  pendingBytes: number
  clock?: Clock
  engine?: Engine
  /** Seals in threads of its own; default: here, with the engine. It belongs to the caller. */
  work?: Pick<SegmentWork, 'seal'>
  log?: Log
  /** For tests only: makes the writer thread fail (writer-worker.ts). */
  faults?: SharedArrayBuffer
}

/**
 * Opens the journal and recovers it: a torn tail is cut off, kept in `DIR/quarantine` and logged.
 * @throws SlipwayError `corrupt`, naming file, byte offset and sequence, when rows were changed or are missing.
 */
export async function openJournal(options: JournalOptions): Promise<SegmentedJournal> {
  const { dir, segmentsDir, log = openLog() } = options
  const trace = process.env.SLIPWAY_SYNC_TRACE ?? null
  try { makeFolder(dir); makeFolder(segmentsDir) } catch (error) { throw storageError(error, dir) }
  return new FileJournal({ ...options, log, clock: options.clock ?? systemClock }, recoverSegments({ dir, segmentsDir, sync: options.sync === 'group', trace, log }), trace)
}

class FileJournal implements SegmentedJournal {
  readonly #options: JournalOptions & { log: Log; clock: Clock }
  readonly #writer: Writer
  readonly #pending = new PendingFrames()
  readonly #waiters = new Waiters()
  readonly #streams = new StreamTable()
  readonly #sealedReader = new SealedReader()
  #sealed: SealedSegment[]
  /** Raw segments, the oldest first; the last is `#current` while one is open. */
  #raw: RawSegment[]
  #current: RawSegment | null = null
  #crc = 0
  #position: number
  #durable: number
  #state: 'open' | 'full' | 'broken' | 'closed' = 'open'
  /** Ranges that were given out and could not be written. */
  readonly #lost: [first: number, last: number][] = []
  readonly #lostHandlers = new Set<(first: number) => void | Promise<void>>()
  readonly #closedHandlers = new Set<() => void>()
  /** Last sequence of the newest segment whose closing was told. */
  #announced = 0
  #flushing = false
  #timer: NodeJS.Timeout | undefined
  #sealing: Promise<unknown> = Promise.resolve()

  constructor(options: JournalOptions & { log: Log; clock: Clock }, recovered: Recovered, trace: string | null) {
    this.#options = options
    this.#sealed = recovered.sealed
    this.#raw = recovered.raw
    this.#position = this.#durable = recovered.last
    this.#writer = new Writer({ sync: options.sync === 'group', trace, faults: options.faults ?? null }, {
      durable: last => { this.#onDurable(last) },
      failed: (full, message) => { this.#onFailed(full, message) },
    })
    if (options.engine !== undefined) this.setEngine(options.engine)
  }

  get position(): number { return this.#position }
  get durable(): number { return this.#durable }

  append(stream: Stream, table: Table): { first: number; last: number } {
    this.#assertOpen()
    return this.#append(stream, table)
  }

  #append(stream: Stream, table: Table): { first: number; last: number } {
    const { clock, pendingBytes, segmentRows } = this.#options
    const first = this.#position + 1
    if (table.rows === 0) return { first, last: this.#position }
    this.#streams.check(stream, table)
    const bound = HEADER_BYTES + boundRows(table)
    if (this.#pending.bytes > 0 && this.#pending.bytes + bound > pendingBytes) throw new SlipwayError('overloaded', `${this.#pending.bytes} bytes wait for the disk, and journal.pendingBytes allows ${pendingBytes}.`)
    const now = clock.recorded()
    if (this.#current !== null && (this.#current.rows > 0 && this.#current.rows + table.rows > segmentRows || this.#current.length > SEGMENT_BYTES)) this.#closeCurrent()
    const segment = this.#current ?? this.#beginSegment(first, now)
    let id = this.#streams.idOf(stream)
    if (id === null) {
      id = this.#streams.assign(stream)
      segment.streams.set(id, stream)
      this.#writeJson(segment, { kind: SCHEMA_FRAME, stream: id, first, now, payload: Buffer.from(JSON.stringify({ name: stream.name, columns: stream.columns })) })
    }
    const { bytes, view, at } = this.#pending.reserve(bound)
    const end = encodeRows(bytes, view, at + HEADER_BYTES, table)
    const last = first + table.rows - 1
    this.#crc = writeHeader(bytes, at, end, { kind: ROWS_FRAME, stream: id, first, rows: table.rows, recordedAt: now, previous: this.#crc }, segment.salt)
    segment.addFrame(first, table.rows, segment.length)
    this.#pending.add(segment, end, last)
    this.#position = last
    this.#scheduleFlush()
    return { first, last }
  }

  #beginSegment(first: number, now: number): RawSegment {
    const segment = new RawSegment(rawSegmentPath(this.#options.dir, first), first, randomInt(2 ** 32))
    this.#raw.push(segment)
    this.#current = segment
    this.#crc = 0
    this.#streams.beginSegment()
    this.#writeJson(segment, { kind: SEGMENT_FRAME, stream: 0, first, now, payload: encodeSegmentHeader(first, segment.salt) })
    this.#timer = setTimeout(() => { this.#closeCurrent() }, this.#options.segmentSeconds * 1_000).unref()
    return segment
  }

  #writeJson(segment: RawSegment, frame: { kind: number; stream: number; first: number; now: number; payload: Buffer }): void {
    const { bytes, at } = this.#pending.reserve(HEADER_BYTES + frame.payload.length)
    const end = at + HEADER_BYTES + frame.payload.copy(bytes, at + HEADER_BYTES)
    this.#crc = writeHeader(bytes, at, end, { kind: frame.kind, stream: frame.stream, first: frame.first, rows: 0, recordedAt: frame.now, previous: this.#crc }, frame.kind === SEGMENT_FRAME ? 0 : segment.salt)
    this.#pending.add(segment, end, this.#position)
  }

  #closeCurrent(): void {
    clearTimeout(this.#timer)
    if (this.#current === null || this.#current.rows === 0) return
    this.#current = null
    this.#announceClosed()
  }

  // Once per turn of the event loop: what many requests append becomes one message, one write, one sync.
  #scheduleFlush(): void {
    if (this.#flushing) return
    this.#flushing = true
    this.#writer.hold(true)
    setImmediate(() => {
      this.#flushing = false
      for (const { file, bytes, last } of this.#pending.take()) this.#writer.write(file, bytes, last)
    })
  }

  #onDurable(last: number): void {
    this.#pending.release(last)
    if (this.#pending.bytes === 0) this.#writer.hold(false)
    if (last <= this.#durable) return
    this.#durable = last
    this.#waiters.resolve(last)
    this.#announceClosed()
  }

  #announceClosed(): void {
    const newest = this.#raw.findLast(s => s !== this.#current && s.last <= this.#durable)
    if (newest === undefined || newest.last <= this.#announced) return
    this.#announced = newest.last
    for (const handler of this.#closedHandlers) handler()
  }

  waitDurable(awaited?: number): Promise<void> {
    const sequence = awaited ?? this.#position
    if (awaited !== undefined && this.#lost.some(([first, last]) => sequence >= first && sequence <= last)) return Promise.reject(this.#fullError())
    if (sequence <= this.#durable) return Promise.resolve()
    if (sequence > this.#position) return Promise.reject(new SlipwayError('internal', `Sequence ${sequence} has not been given out.`))
    if (this.#state !== 'open') return Promise.reject(this.#state === 'full' ? this.#fullError() : this.#brokenError())
    return this.#waiters.add(sequence)
  }

  #onFailed(full: boolean, message: string): void {
    if (this.#state === 'broken' || this.#state === 'closed') return
    const first = this.#durable + 1
    const last = this.#position
    this.#options.log.error(full ? 'The disk is full: rows were refused.' : 'The journal cannot be written any more.', { first, last, reason: message })
    this.#state = full ? 'full' : 'broken'
    this.#lost.push([first, last])
    this.#pending.clear()
    this.#writer.hold(false)
    clearTimeout(this.#timer)
    this.#current = null
    this.#raw = this.#raw.filter(s => s.first <= this.#durable)
    const cut = this.#raw.at(-1)
    if (cut !== undefined && cut.last > this.#durable) cut.cutAfter(this.#durable)
    this.#waiters.rejectAll(full ? this.#fullError() : this.#brokenError())
    void this.#recover(first, last)
  }

  /** Lets owners rebuild, waits for space, and puts rows of the stream `lost` in the place of what was lost. */
  async #recover(first: number, last: number): Promise<void> {
    const told = await Promise.allSettled([...this.#lostHandlers].map(async handler => { await handler(first) }))
    for (const t of told) if (t.status === 'rejected') this.#options.log.error('State could not be rebuilt after rows were lost.', { reason: t.reason as unknown })
    while (this.#state === 'full' && !await this.#writer.probe(this.#options.dir, RETRY_BYTES)) await new Promise(resolve => { setTimeout(resolve, RETRY_MS).unref() })
    if (this.#state !== 'full') return
    this.#position = this.#durable
    // A segment of which no row got to the disk may have left its header.
    rmSync(rawSegmentPath(this.#options.dir, this.#durable + 1), { force: true })
    this.#append(LOST, { rows: last - first + 1, schema: [], columns: [] })
    this.#state = 'open'
    this.#options.log.info('The disk has space again: the journal goes on.', { first, last })
  }

  read(options: Parameters<Journal['read']>[0] = {}): AsyncGenerator<Batch> {
    return this.#walk(options, (raw, ...rest) => raw.read(...rest), (sealed, ...rest) => this.#sealedReader.read(sealed, ...rest))
  }

  readRows({ columns, ...range }: RowsQuery = {}): AsyncGenerator<RowsBlock> {
    return this.#walk(range, async function* blocks(raw, ...rest) { for await (const batch of raw.read(...rest)) yield blockOf(batch, columns) },
      (sealed, ...rest) => this.#sealedReader.readRows(sealed, ...rest, columns))
  }

  /** Segment after segment, whichever form each has when its turn comes. */
  async *#walk<T>(
    { from = 1, to = this.#durable, streams }: Omit<RowsQuery, 'columns'>,
    readRaw: (raw: RawSegment, from: number, to: number, wanted: (stream: Stream) => boolean) => AsyncGenerator<T>,
    readSealed: (sealed: SealedSegment, from: number, to: number, wanted: (stream: Stream) => boolean) => AsyncGenerator<T>,
  ): AsyncGenerator<T> {
    const wanted = (stream: Stream): boolean => streams === undefined || streams.some(prefix => stream.name.startsWith(prefix))
    const end = Math.min(to, this.#durable)
    for (let at = Math.max(1, from); at <= end;) {
      const raw = this.#rawOf(at)
      const until = Math.min(end, (raw ?? this.#sealedOf(at)).last)
      try {
        yield* raw === undefined ? readSealed(this.#sealedOf(at), at, until, wanted) : readRaw(raw, at, until, wanted)
      } catch (error) {
        // Sealed and dropped just before its file was opened.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || raw === undefined || this.#raw.includes(raw)) throw error
        continue
      }
      at = until + 1
    }
  }

  async get(sequence: number): Promise<JournalRow | null> { return (await this.getMany([sequence])).get(sequence) ?? null }

  async getMany(sequences: readonly number[]): Promise<Map<number, JournalRow>> {
    const found = new Map<number, JournalRow>()
    const bySealed = new Map<SealedSegment, number[]>()
    let batch: Batch | null = null
    for (const sequence of [...sequences].sort((a, b) => a - b)) {
      if (!Number.isSafeInteger(sequence) || sequence < 1 || sequence > this.#position) continue
      if (batch === null || sequence >= batch.first + batch.table.rows || sequence < batch.first) {
        const raw = this.#rawOf(sequence)
        if (raw === undefined) {
          const segment = this.#sealedOf(sequence)
          bySealed.set(segment, [...bySealed.get(segment) ?? [], sequence])
          continue
        }
        const offset = raw.offsetOf(sequence)
        const waiting = this.#pending.find(raw, offset)
        batch = waiting === null ? await raw.readAt(offset) : raw.decode(waiting, offset)
      }
      found.set(sequence, { stream: batch.stream, recordedAt: batch.recordedAt, row: rowAt(batch.table, sequence - batch.first) })
    }
    for (const [segment, wanted] of bySealed) for (const [sequence, row] of await this.#sealedReader.getMany(segment, wanted)) found.set(sequence, row)
    return found
  }

  #rawOf(sequence: number): RawSegment | undefined { return this.#raw.findLast(s => s.first <= sequence && sequence <= s.last) }

  #sealedOf(sequence: number): SealedSegment {
    const found = this.#sealed.findLast(s => s.first <= sequence && sequence <= s.last)
    if (found === undefined) throw new SlipwayError('corrupt', `The segment with sequence ${sequence} is missing.`)
    return found
  }

  setEngine(engine: Engine): void { this.#sealedReader.setEngine(engine) }

  async rotate(): Promise<void> {
    this.#closeCurrent()
    await this.waitDurable()
  }

  closed(): ClosedSegment[] {
    return this.#raw.filter(s => s !== this.#current && s.last <= this.#durable)
      .map(s => ({ first: s.first, last: s.last, rows: s.rows, file: s.file, sealed: this.#sealed.some(x => x.first === s.first) }))
  }

  sealed(): SealedSegment[] { return [...this.#sealed] }

  seal(first: number): Promise<SealedSegment> {
    const run = this.#sealing.then(async () => {
      const done = this.#sealed.find(s => s.first === first)
      if (done !== undefined) return done
      const raw = this.closed().find(s => s.first === first)
      if (raw === undefined) throw new SlipwayError('not_found', `No closed segment begins at sequence ${first}.`)
      const request = { file: raw.file, first, segmentsDir: this.#options.segmentsDir }
      const sealed = await (this.#options.work?.seal(request) ?? sealSegment({ ...request, engine: this.#sealedReader.engine }))
      this.#sealed = [...this.#sealed, sealed].sort((a, b) => a.first - b.first)
      return sealed
    })
    this.#sealing = run.catch(() => {})
    return run
  }

  dropRaw(first: number): void {
    const raw = this.#raw.find(s => s.first === first)
    if (raw === undefined) return
    if (!this.#sealed.some(s => s.first === first)) throw new SlipwayError('internal', `The segment at ${first} is not sealed, and its raw file is all there is of it.`)
    rmSync(raw.file, { force: true })
    syncFolder(this.#options.dir)
    this.#raw = this.#raw.filter(s => s !== raw)
  }

  onClosed(handler: () => void): () => void {
    this.#closedHandlers.add(handler)
    return () => { this.#closedHandlers.delete(handler) }
  }

  onLost(handler: (first: number) => void | Promise<void>): () => void {
    this.#lostHandlers.add(handler)
    return () => { this.#lostHandlers.delete(handler) }
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    try {
      if (this.#state === 'open') await this.waitDurable()
    } finally {
      this.#state = 'closed'
      clearTimeout(this.#timer)
      await this.#sealing
      await this.#sealedReader.close()
      await this.#writer.close()
    }
  }

  #assertOpen(): void {
    if (this.#state === 'open') return
    if (this.#state === 'full') throw this.#fullError()
    throw this.#state === 'broken' ? this.#brokenError() : new SlipwayError('stopping', 'The journal is closed.')
  }

  #fullError(): SlipwayError { return new SlipwayError('storage_full', `The disk of ${this.#options.dir} is full: the rows were not recorded.`) }

  #brokenError(): SlipwayError {
    return new SlipwayError('internal', `The journal in ${this.#options.dir} could not be written, and it is not certain what is on the disk. Nothing more is accepted.`, { remedy: 'Check the disk, then restart: what is on it is verified and recovered.' })
  }
}
