import { columnOf, getValue, type Table } from '../core/table.ts'
import { SlipwayError } from '../core/errors.ts'
import { FALLBACKS, ROLES, type PredictionRole } from '../core/ports/predictions.ts'
import type { Value } from '../core/schema.ts'
import { readRows, type Appended, type Journal, type Stream } from '../store/index.ts'
import { idempotencyScope, IdempotencyIndex } from './idempotency.ts'
import { LABEL_PREFIX } from './label-frame.ts'
import { mergeBlocks } from './merged-rows.ts'
import { fallbackOf, isPredictionStream, predictionPrefix } from './prediction-frame.ts'
import { PredictionIndex } from './prediction-index.ts'
import { TruthIndex, type Truth } from './truth.ts'

const PREDICTION_COLUMNS = ['endpoint', 'release', 'role', 'fallback', 'eventTime', 'acceptedAt', 'latency', 'output', 'labelKey', 'caller', 'idempotencyKey', 'requestDigest'] as const
const LABEL_COLUMNS = ['predictionSequence', 'entityKey', 'name', 'value', 'knownAt'] as const

/**
 * What this component keeps in memory of the journal. Live frames and those read at the opening take the same way in, so that a restart
 * gives the same indexes.
 */
export class JournalIndexes {
  readonly idempotency = new IdempotencyIndex()
  #endpoints = new Map<string, PredictionIndex>()
  #truth = new TruthIndex()
  /** Sequences of labels that found no prediction, so that a repeat is known. */
  #unmatched = new Map<string, number>()
  /** Ends when the frames that were journaled before are in. */
  #turn: Promise<unknown> = Promise.resolve()

  get truth(): TruthIndex { return this.#truth }

  /** Endpoints that have answered, by name. */
  endpoints(): string[] { return [...this.#endpoints.keys()].sort() }

  predictions(endpoint: string): PredictionIndex {
    let index = this.#endpoints.get(endpoint)
    if (index === undefined) { index = new PredictionIndex(); this.#endpoints.set(endpoint, index) }
    return index
  }

  /** The sequence of exactly this label among those that found no prediction, or null. */
  unmatched(stream: string, entityKey: string, label: Omit<Truth, 'sequence'>): number | null {
    return this.#unmatched.get(unmatchedName(stream, entityKey, label)) ?? null
  }

  /**
   * Journals a frame and takes it in: in one turn where the journal is in this process, else in the order of the calls, which is that of the sequences.
   * `epoch` is the journal's when what the frame rests on was looked up here.
   */
  append(journal: Journal, stream: Stream, table: Table, epoch: number | undefined): Appended | Promise<Appended> {
    const appended = journal.append(stream, table, epoch)
    if (!(appended instanceof Promise)) {
      this.add(stream, appended.first, table)
      return appended
    }
    appended.catch(() => undefined)
    const taken = this.#turn.then(async () => {
      const given = await appended
      this.add(stream, given.first, table)
      return given
    })
    this.#turn = taken.catch(() => undefined)
    return taken
  }

  /** Takes a frame of predictions or labels. */
  add(stream: Stream, first: number, table: Table): void {
    if (isPredictionStream(stream.name)) this.#addPredictions(i => first + i, table, 0, table.rows)
    else this.#addLabels(stream.name, i => first + i, table, 0, table.rows)
  }

  /** Forgets everything, and reads what is on disk: at the opening, and when numbered rows were lost to a full disk. */
  async rebuild(journal: Journal): Promise<void> {
    this.idempotency.clear()
    this.#endpoints = new Map()
    this.#truth = new TruthIndex()
    this.#unmatched = new Map()
    const blocks = readRows(journal, { streams: [predictionPrefix(), LABEL_PREFIX], columns: [...PREDICTION_COLUMNS, ...LABEL_COLUMNS] })
    for await (const { block: { stream, sequences, table }, from, to } of mergeBlocks(blocks)) {
      if (isPredictionStream(stream.name)) this.#addPredictions(i => Number(sequences[i]), table, from, to)
      else this.#addLabels(stream.name, i => Number(sequences[i]), table, from, to)
    }
  }

  #addPredictions(sequenceOf: (i: number) => number, table: Table, from: number, to: number): void {
    const [endpoint, release, role, fallback, eventTime, acceptedAt, latency, output, labelKey, caller, key, digest] = readers(table, PREDICTION_COLUMNS)
    for (let i = from; i < to; i++) {
      const name = endpoint(i) as string
      this.predictions(name).add({
        sequence: sequenceOf(i), eventTime: eventTime(i) as number, output: output(i) as number, release: release(i) as number,
        role: ROLES.indexOf(role(i) as PredictionRole), fallback: FALLBACKS.indexOf(fallbackOf(fallback(i))), latency: latency(i) as number,
      }, labelKey(i) as string | null)
      const used = key(i) as string | null
      if (used !== null) this.idempotency.keep(idempotencyScope(name, caller(i) as string), used, digest(i) as string, sequenceOf(i), acceptedAt(i) as number)
    }
  }

  #addLabels(stream: string, sequenceOf: (i: number) => number, table: Table, from: number, to: number): void {
    const [prediction, entityKey, name, value, knownAt] = readers(table, LABEL_COLUMNS)
    for (let i = from; i < to; i++) {
      const joined = prediction(i) as number | null
      const truth = { name: name(i) as string, value: value(i) as number | null, knownAt: knownAt(i) as number, sequence: sequenceOf(i) }
      if (joined !== null) this.#truth.add(joined, truth)
      else this.#unmatched.set(unmatchedName(stream, entityKey(i) as string, truth), truth.sequence)
    }
  }
}

function readers(table: Table, names: readonly string[]): ((i: number) => Value)[] {
  return names.map(name => {
    const column = columnOf(table, name)
    if (column === undefined) throw new SlipwayError('corrupt', `A frame of the journal lacks its column ${name}.`)
    return i => getValue(column, i)
  })
}

function unmatchedName(stream: string, entityKey: string, { name, value, knownAt }: Omit<Truth, 'sequence'>): string {
  return JSON.stringify([stream, entityKey, name, value, knownAt])
}
