import { SlipwayError } from '../core/errors.ts'
import { leafHash } from '../core/merkle.ts'
import type { Outcomes, PredictionPort } from '../core/ports/predictions.ts'
import type { Clock } from '../core/clock.ts'
import { rowAt } from '../core/table.ts'
import type { Micros } from '../core/time.ts'
import type { Value } from '../core/schema.ts'
import { seededRandom } from '../core/seeded-random.ts'
import { leafText, type Journal, type JournalRow, type SegmentedJournal } from '../store/index.ts'
import type { JournalIndexes } from './journal-indexes.ts'
import { isPredictionStream, predictionPrefix, readPrediction, type JournaledPrediction } from './prediction-frame.ts'
import type { SequenceIds } from './prediction-id.ts'
import type { Truth } from './truth.ts'

/** A prediction with its id and what became known of it. */
export interface PredictionRecord extends JournaledPrediction {
  id: string
  /** Every label, by name, newest first; the first of a name counts. */
  truth: Truth[]
}

export interface PredictionFilter {
  endpoint?: string
  /** Event times in [from, to). */
  from?: Micros
  to?: Micros
  /** Entity name → key; the endpoint's label entity is asked for as `labelKey`. */
  entity?: Record<string, Value>
  labelKey?: string
  /** At most 1,000; default 100. */
  limit?: number
  /** Only sequences before this one: the last one of the page before. */
  before?: number
}

/** `role` and `fallback` are places in `ROLES` and `FALLBACKS`. */
export interface Answered { rows: number; eventTime: Float64Array; latency: Float64Array; release: Float64Array; role: Uint8Array; fallback: Uint8Array }

export interface PredictionReader {
  /** @throws SlipwayError `unknown_prediction`. */
  get(id: string): Promise<PredictionRecord>
  /** The digest of a prediction's row, in hex: its leaf in the tree of its segment. */
  leaf(id: string): Promise<string>
  /** Newest first, what is durable. */
  list(filter?: PredictionFilter): Promise<PredictionRecord[]>
  outcomes: PredictionPort['outcomes']
  /** What answered with event time in [from, to), and how long it took in microseconds; parallel arrays, by sequence. Cheaper than `outcomes`: no truth. */
  latencies(query: { endpoint: string; from: Micros; to: Micros }): Promise<Answered>
  /** Labels of a prediction by its sequence, newest first. */
  getTruth(sequence: number): Truth[]
  /** Predictions drawn at random, without repetition, by sequence; the same seed draws the same ones of the same journal. */
  sample(options: { count: number; seed: number; endpoint?: string }): Promise<PredictionRecord[]>
}

/** Reservoir sampling (Vitter's algorithm R) over the sequences of predictions; what was drawn, in order. */
function drawSequences(indexes: JournalIndexes, endpoint: string | undefined, count: number, random: () => number): number[] {
  const drawn: number[] = []
  let seen = 0
  for (const name of endpoint === undefined ? indexes.endpoints() : [endpoint]) {
    const index = indexes.predictions(name)
    for (let i = 0; i < index.size; i++) {
      const place = seen++ < count ? drawn.length : Math.floor(random() * seen)
      if (place < count) drawn[place] = index.sequenceAt(i)
    }
  }
  return drawn.sort((a, b) => a - b)
}

async function readMany(journal: ReadableJournal, sequences: readonly number[]): Promise<Map<number, JournalRow>> {
  if (journal.getMany !== undefined) return journal.getMany(sequences)
  const found = new Map<number, JournalRow>()
  for (const sequence of sequences) {
    const row = await journal.get(sequence)
    if (row !== null) found.set(sequence, row)
  }
  return found
}

const MOST = 1_000
/** Sequences that a listing reads at first, going back, and at most; it doubles from page to page. */
const FIRST_STRIDE = 1_000
const LAST_STRIDE = 64_000

/** A journal, with many rows at once where it can. */
type ReadableJournal = Journal & Partial<Pick<SegmentedJournal, 'getMany'>>

export function openPredictionReader(parts: { journal: ReadableJournal; indexes: JournalIndexes; ids: SequenceIds; clock: Clock }): PredictionReader {
  const { journal, indexes, ids, clock } = parts
  const complete = (p: JournaledPrediction): PredictionRecord => ({ ...p, id: ids.format('pred', p.sequence), truth: indexes.truth.history(p.sequence) })

  const find = async (id: string): Promise<JournalRow & { sequence: number }> => {
    const sequence = ids.parsePrediction(id)
    const found = sequence > journal.position ? null : await journal.get(sequence)
    if (found === null || !isPredictionStream(found.stream.name)) throw new SlipwayError('unknown_prediction', `There is no prediction ${id}.`)
    return { ...found, sequence }
  }

  return {
    async get(id) {
      const { stream, sequence, recordedAt, row } = await find(id)
      return complete(readPrediction(stream, sequence, recordedAt, row))
    },

    async leaf(id) {
      const { stream, sequence, recordedAt, row } = await find(id)
      return Buffer.from(leafHash(leafText(stream.name, sequence, recordedAt, row))).toString('hex')
    },

    async list({ endpoint, from, to, entity = {}, labelKey, limit = 100, before } = {}) {
      if (!Number.isInteger(limit) || limit < 1 || limit > MOST) throw new SlipwayError('invalid_request', `limit must be 1 to ${MOST}.`, { faults: [{ path: 'limit', message: `must be 1 to ${MOST}` }] })
      const wanted = (p: JournaledPrediction): boolean => (endpoint === undefined || p.endpoint === endpoint)
        && (from === undefined || p.eventTime >= from) && (to === undefined || p.eventTime < to) && (labelKey === undefined || p.labelKey === labelKey)
        && Object.entries(entity).every(([name, key]) => p.entities[name] === key)
      const found: PredictionRecord[] = []
      const below = Math.min(journal.durable + 1, before ?? Number.POSITIVE_INFINITY)
      const names = endpoint === undefined ? indexes.endpoints() : [endpoint]
      if (labelKey !== undefined) {
        for (const sequence of names.flatMap(name => indexes.predictions(name).withKey(labelKey)).filter(s => s < below).sort((a, b) => b - a)) {
          const one = found.length < limit ? await journal.get(sequence) : null
          const p = one === null ? null : readPrediction(one.stream, sequence, one.recordedAt, one.row)
          if (p !== null && wanted(p)) found.push(complete(p))
        }
        return found
      }
      // Of what lies far back only its own stretch of the journal is read.
      const spans = from === undefined && to === undefined ? [{ least: 1, greatest: below - 1 }]
        : names.map(name => indexes.predictions(name).span(from ?? Number.NEGATIVE_INFINITY, to ?? Number.POSITIVE_INFINITY, below)).filter(s => s !== null)
      const least = Math.min(...spans.map(s => s.least))
      let stride = Math.max(FIRST_STRIDE, 2 * limit)
      for (let last = Math.max(0, ...spans.map(s => s.greatest)); last >= least && found.length < limit; last -= stride, stride = Math.min(stride * 2, LAST_STRIDE)) {
        const page: PredictionRecord[] = []
        for await (const { stream, first, recordedAt, table } of journal.read({ from: Math.max(least, last - stride + 1), to: last, streams: [predictionPrefix(endpoint)] })) {
          for (let i = 0; i < table.rows; i++) {
            const p = readPrediction(stream, first + i, recordedAt, rowAt(table, i))
            if (wanted(p)) page.push(complete(p))
          }
          // Only the newest of a page can be shown.
          if (page.length > limit * 2) page.splice(0, page.length - limit)
        }
        found.push(...page.reverse().slice(0, limit - found.length))
      }
      return found
    },

    async outcomes({ endpoint, label, from, to, knownBy = clock.now() }): Promise<Outcomes> {
      const found = indexes.predictions(endpoint).between(from, to)
      const truths = found.map(p => indexes.truth.current(p.sequence, label, knownBy))
      return {
        rows: found.length,
        sequence: Float64Array.from(found, p => p.sequence), eventTime: Float64Array.from(found, p => p.eventTime), output: Float64Array.from(found, p => p.output),
        label: Float64Array.from(truths, t => t?.value ?? Number.NaN),
        labelKnownAt: Float64Array.from(truths, t => (t?.value ?? null) === null ? Number.NaN : (t as Truth).knownAt),
        release: Float64Array.from(found, p => p.release), role: Uint8Array.from(found, p => p.role), fallback: Uint8Array.from(found, p => p.fallback),
      }
    },

    async latencies({ endpoint, from, to }) {
      const found = indexes.predictions(endpoint).between(from, to)
      return {
        rows: found.length, eventTime: Float64Array.from(found, p => p.eventTime), latency: Float64Array.from(found, p => p.latency),
        release: Float64Array.from(found, p => p.release), role: Uint8Array.from(found, p => p.role), fallback: Uint8Array.from(found, p => p.fallback),
      }
    },

    getTruth: sequence => indexes.truth.history(sequence),

    async sample({ count, seed, endpoint }) {
      await journal.waitDurable()
      const drawn = drawSequences(indexes, endpoint, count, seededRandom(seed))
      const rows = await readMany(journal, drawn)
      return drawn.map(sequence => {
        const found = rows.get(sequence)
        if (found === undefined) throw new SlipwayError('corrupt', `The journal has no row ${sequence}, which is a prediction.`)
        return complete(readPrediction(found.stream, sequence, found.recordedAt, found.row))
      })
    },
  }
}
