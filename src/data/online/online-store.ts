// Online features: state derived from the journal, read and written by one process.
import type { SourceDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { FeatureRead, FeatureRequest, PushedEvent, PushReceipt } from '../../core/ports/features.ts'
import type { Value } from '../../core/schema.ts'
import { tableFromRows } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'
import type { CompiledService } from '../compiled-service.ts'
import { keyColumns } from '../entity-key.ts'
import type { OnDemandRunner } from '../on-demand/on-demand.ts'
import { EventAcceptor, type AcceptedEvent } from './event-acceptor.ts'
import { MATERIALIZATION } from './event-stream.ts'
import { IncomingRows } from './incoming-rows.ts'
import { replay, restoreStates, type OnlineContext } from './replay.ts'
import { ServiceReader } from './service-reader.ts'
import { readSourceRows } from './source-rows.ts'
import { readUndos, UNDO, undoTable, type Undo } from '../undo/mark.ts'
import { addNeeds, mergeNeeds, stateKey, type Needs } from './state-spec.ts'
import { StateSet, type EventFrame } from './state-set.ts'

/** What online state holds of one source, for people. */
export interface SourceStatus {
  source: string
  kind: 'events' | 'static'
  rows: number
  /** How many, by the columns of the key: `origin`, `carrier + origin`. */
  keys: Record<string, number>
  /** The greatest event time that was accepted; null before the first. */
  watermark: Micros | null
  /** Reads before this are refused. */
  oldestRead: Micros | null
  datasetVersion: string | null
  /** An estimate of the memory that it takes. */
  bytes: number
  bytesPerKey: number
  /** Of its rows where they are kept, as of the last save; 0 for a static source, which is a dataset version. */
  keptBytes: number
}

/** Positions that may pass without a change of state before the position that is kept follows: so much of the journal is searched at a start. */
const IDLE_POSITIONS = 20_000

export class OnlineStore {
  readonly #context: OnlineContext
  readonly #readers = new Map<string, ServiceReader>()
  readonly #acceptors = new WeakMap<SourceDefinition, EventAcceptor>()
  /** States that a registered or prepared service reads: only they are kept. */
  readonly #used = new Set<string>()
  /** Told of each frame while other state is being built. */
  readonly #followers = new Set<(frame: EventFrame) => void>()
  #states = new StateSet()
  #exclusive: Promise<unknown> = Promise.resolve()
  /** Set while state is made anew after rows were lost: reads and pushes wait for it. */
  #rebuilding: Promise<void> | null = null
  /** Set while rows of a dataset are applied: in between, state is of no position. */
  #applying: Promise<void> | null = null
  /** Set while an undo is under way: pushes wait, so that they come after its mark. */
  #held: { count: number; released: Promise<void>; release(): void } | null = null
  #undos: readonly Undo[] = []
  #saved = 0
  #changed = 0

  constructor(context: OnlineContext) { this.#context = context }

  /** Brings state to where the journal is. */
  async restore(needs: Needs): Promise<void> {
    const { journal } = this.#context
    for (const key of needs.keys()) this.#used.add(key)
    this.#undos = await readUndos(journal)
    this.#states = await restoreStates(this.#context, needs, this.#undos, journal.durable)
    this.#changed = this.#states.applied
    this.#saved = this.#context.keeper.position
  }

  /** Binds a service to state that covers it; state that does not exist yet is made from the journal. Idempotent. */
  async prepare(service: CompiledService, onDemand: OnDemandRunner): Promise<void> {
    if (this.#readers.has(service.digest)) return
    const needs: Needs = new Map()
    addNeeds(needs, service.views)
    await this.cover(needs)
    const reader = new ServiceReader(service, onDemand)
    reader.bind(this.#states)
    this.#readers.set(service.digest, reader)
  }

  /** Makes the state that is needed, from the journal, where it does not exist yet. */
  async cover(needs: Needs): Promise<void> {
    await this.#inTurn(() => this.#ensure(needs))
    for (const key of needs.keys()) {
      if (this.#used.has(key)) continue
      this.#used.add(key)
      this.#changed = this.#context.journal.position
    }
  }

  /** While state is made anew: what reads wait for, and before the next push is taken. */
  get waiting(): Promise<unknown> | null { return this.#rebuilding ?? this.#applying }
  get waitingToPush(): Promise<unknown> | null { return this.waiting ?? this.#held?.released ?? null }

  /** From the call on pushes wait, until all who hold them have released them. */
  holdPushes(): () => void {
    if (this.#held === null) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#held = { count: 0, released: promise, release: resolve }
    }
    const held = this.#held
    held.count++
    let mine = true
    return () => {
      if (!mine) return
      mine = false
      if (--held.count > 0) return
      this.#held = null
      held.release()
    }
  }

  /** Those that are in effect, by their positions. */
  get undos(): readonly Undo[] { return this.#undos }

  /** Synchronous: all rows are read at one position. @throws SlipwayError `not_found` for a digest that was not prepared. */
  read(digest: string, rows: readonly FeatureRequest[], options?: { origins?: boolean }): FeatureRead {
    const reader = this.#readers.get(digest)
    if (reader === undefined) throw new SlipwayError('not_found', `Feature content ${digest} was not prepared.`)
    return { asOf: this.#context.journal.position, ...reader.readAll(rows, options) }
  }

  /**
   * Checks all events, journals them as one frame and applies them. An event equal to the version of its id that counts last, and known no earlier, is a
   * duplicate: it is not journaled again, and the receipt's range includes the position of the first (as long as that event is within the horizon).
   */
  push(source: SourceDefinition, events: readonly PushedEvent[], acceptedAt?: Micros): PushReceipt {
    const { clock, journal } = this.#context
    const acceptor = this.#acceptorOf(source)
    const now = acceptedAt ?? clock.now()
    const fresh: AcceptedEvent[] = []
    const newest = new Map<string, AcceptedEvent>()
    const state = this.#states.events.get(acceptor.key)
    const repeated: number[] = []
    for (let i = 0; i < events.length; i++) {
      const event = acceptor.accept(events[i], now, `events[${i}]`)
      const stored = state?.newestOf(event.values)
      const pending = newest.get(event.id)
      if (pending !== undefined && (stored == null || pending.knownAt >= stored.knownAt)) {
        if (pending.knownAt <= event.knownAt && sameValues(pending.values, event.values)) { repeated.push(Number.NaN); continue }
      } else if (stored != null && stored.knownAt <= event.knownAt && stored.equals(event.values)) { repeated.push(stored.sequence); continue }
      fresh.push(event)
      if (pending === undefined || event.knownAt >= pending.knownAt) newest.set(event.id, event)
    }
    const known = repeated.filter(n => !Number.isNaN(n))
    if (fresh.length === 0) return { first: Math.min(...known, known.length === 0 ? 0 : Number.POSITIVE_INFINITY), last: Math.max(0, ...known), duplicates: repeated.length }
    const { first, last } = journal.append(acceptor.stream, acceptor.table(fresh))
    this.#changed = last
    const frame: EventFrame = { source: source.name, columns: source.columns, first, events: fresh }
    this.#states.apply(frame, now)
    for (const follow of this.#followers) follow(frame)
    return { first, last, duplicates: repeated.length }
  }

  /**
   * Makes the rows of a dataset version part of online state, as of a row of the journal. Returns when that row is durable. Reads and pushes go on while rows
   * are read, and wait while they are applied.
   */
  async materialize(source: SourceDefinition, datasetVersion: string, upTo: Micros): Promise<{ sequence: number; rows: number }> {
    return this.#inTurn(async () => {
      const { journal, clock } = this.#context
      const own = stateKey(source)
      // Other definitions of the source get theirs as well.
      const targets = new Map([...this.#states.needs()].filter(([, n]) => n.source.name === source.name).map(([key, n]) => [key, n.source]))
      targets.set(own, this.#states.find(own)?.source ?? source)
      const incoming = new Map<string, IncomingRows>()
      try {
        // Rows are read first: a dataset that cannot be read leaves no mark.
        for (const [key, definition] of targets) {
          const rows = new IncomingRows(this.#states.find(key))
          incoming.set(key, rows)
          await readSourceRows(this.#context, definition, datasetVersion, upTo, this.#states.events.get(key)?.horizon ?? 0, some => { rows.take(some) }).catch((error: unknown) => {
            if (key === own) throw error
            rows.discard()
            incoming.delete(key)
          })
        }
        const at = clock.now()
        const { last } = journal.append(MATERIALIZATION, tableFromRows(MATERIALIZATION.columns, [{ source: source.name, datasetVersion, upTo, at }]))
        this.#changed = last
        await this.#whileOthersWait(async () => { for (const rows of incoming.values()) await rows.admit(datasetVersion, last, at) })
        await journal.waitDurable(last)
        return { sequence: last, rows: incoming.get(own)?.rows ?? 0 }
      } finally { for (const rows of incoming.values()) rows.discard() }
    })
  }

  /**
   * Goes back. Pushes are held by the caller; `plan` says how, null for not at all. State is made first, while reads go on from what there is; then the row
   * of `UNDO` is written and state changes, in one step. Returns when the row is durable.
   */
  async undo(plan: () => Promise<Omit<Undo, 'sequence'> | null>): Promise<Undo | null> {
    return this.#inTurn(async () => {
      const { journal } = this.#context
      await journal.waitDurable()
      const planned = await plan()
      if (planned === null) return null
      // No row of a source comes before the mark, so any later position shows what it will.
      const position = journal.durable + 1
      const states = await restoreStates(this.#context, this.#states.needs(), [...this.#undos, { ...planned, sequence: position }], position, { may: true })
      const { last } = journal.append(UNDO, undoTable(planned))
      const undo = { ...planned, sequence: last }
      this.#undos = [...this.#undos, undo]
      this.#use(states)
      this.#changed = last
      await journal.waitDurable(last)
      return undo
    })
  }

  /** Saves state as of now; nothing when nothing changed. */
  async save(): Promise<void> {
    const { journal, keeper } = this.#context
    if (!this.#needsSaving()) return
    await keeper.save(() => {
      if (!this.#needsSaving()) return null
      const used = <T>(all: ReadonlyMap<string, T>): Map<string, T> => new Map([...all].filter(([key]) => this.#used.has(key)))
      return { position: journal.position, events: used(this.#states.events), statics: used(this.#states.statics) }
    }, async position => {
      await journal.waitDurable(position)
      return this.#rebuilding === null
    })
    this.#saved = keeper.position
  }

  #needsSaving(): boolean {
    const { position } = this.#context.journal
    return this.waiting === null && (this.#changed > this.#saved || position - this.#saved > IDLE_POSITIONS)
  }

  /** Rows were given out and could not be written: state is made anew from what is durable. */
  async rebuild(): Promise<void> {
    const work = this.#inTurn(async () => {
      const { journal, keeper } = this.#context
      this.#undos = await readUndos(journal)
      this.#use(await restoreStates(this.#context, this.#states.needs(), this.#undos, journal.durable, { may: true }))
      this.#changed = this.#states.applied
      this.#saved = keeper.position
    })
    this.#rebuilding = work
    try { await work } finally { this.#rebuilding = null }
  }

  status(): SourceStatus[] {
    const shown = (n: number): number | null => (Number.isFinite(n) ? n : null)
    const perKey = (bytes: number, keys: number[]): number => Math.round(bytes / Math.max(1, ...keys))
    return [
      ...[...this.#states.events].map(([key, s]): SourceStatus => {
        const keys = Object.fromEntries([...s.indexes].map(([id, index]) => [keyColumns(id).join(' + '), index.size]))
        return { source: s.source.name, kind: 'events', rows: s.rows, keys, watermark: shown(s.watermark), oldestRead: shown(s.oldestRead), datasetVersion: null, bytes: s.bytes, bytesPerKey: perKey(s.bytes, Object.values(keys)), keptBytes: this.#context.keeper.bytesOf(key) }
      }),
      ...[...this.#states.statics.values()].map((s): SourceStatus => {
        const keys = Object.fromEntries([...s.keys].map(id => [keyColumns(id).join(' + '), s.count(id)]))
        return { source: s.source.name, kind: 'static', rows: s.rows, keys, watermark: null, oldestRead: null, datasetVersion: s.datasetVersion, bytes: s.bytes, bytesPerKey: perKey(s.bytes, Object.values(keys)), keptBytes: 0 }
      }),
    ]
  }

  async #ensure(needs: Needs): Promise<void> {
    const { journal, lateness } = this.#context
    const wanted = this.#states.needs()
    mergeNeeds(wanted, needs)
    const fresh = new StateSet()
    for (const key of needs.keys()) {
      const need = wanted.get(key)
      if (need !== undefined && !this.#states.covers(key, need)) fresh.add(key, need, lateness)
    }
    if (fresh.events.size + fresh.statics.size === 0) return
    // What is pushed meanwhile is applied after what the journal held at the start.
    const later: EventFrame[] = []
    const follow = (frame: EventFrame): void => { later.push(frame) }
    const to = journal.position
    this.#followers.add(follow)
    try {
      await journal.waitDurable(to)
      await replay(this.#context, fresh, this.#undos, 1, to)
    } finally { this.#followers.delete(follow) }
    for (const frame of later) fresh.apply(frame, this.#context.clock.now())
    this.#states.replace(fresh)
    this.#changed = journal.position
    for (const reader of this.#readers.values()) reader.bind(this.#states)
  }

  async #whileOthersWait(work: () => Promise<void>): Promise<void> {
    const applying = work()
    this.#applying = applying.catch(() => {})
    try { await applying } finally { this.#applying = null }
  }

  #use(states: StateSet): void {
    this.#states = states
    for (const reader of this.#readers.values()) reader.bind(states)
  }

  /** Materializations and changes of the set of states come one after another; pushes and reads go on between their steps. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#exclusive.then(work)
    this.#exclusive = result.catch(() => {})
    return result
  }

  #acceptorOf(source: SourceDefinition): EventAcceptor {
    let acceptor = this.#acceptors.get(source)
    if (acceptor === undefined) this.#acceptors.set(source, acceptor = new EventAcceptor(source))
    return acceptor
  }
}

function sameValues(a: readonly Value[], b: readonly Value[]): boolean {
  return a.every((v, i) => v === b[i])
}
