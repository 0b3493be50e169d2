// Pushes, predictions and labels in one order: one after the other, never waiting for a sync between two, acknowledged in groups.
import type { Clock } from '../core/clock.ts'
import { SlipwayError, toProblem } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { FeaturePort, PushedEvent } from '../core/ports/features.ts'
import type { Micros } from '../core/time.ts'
import type { Journal } from '../store/index.ts'
import type { LabelReceipt, LabelRequest, Labels } from './labels.ts'
import { StreamInput } from './stream-input.ts'
import type { Answer, Predictor } from './predictor.ts'
import type { PredictionRow } from './request.ts'

/** `at` is the item's time for the owner of the clock; it sets nothing by itself. */
export type StreamItem =
  | { push: string; events: PushedEvent[]; at?: Micros }
  | ({ predict: string; features?: boolean; at?: Micros } & PredictionRow)
  | { label: Omit<LabelRequest, 'endpoint'> & { endpoint: string }; at?: Micros }

export type StreamResult =
  | { index: number; kind: 'push'; first: number; last: number; duplicates: number }
  | { index: number; kind: 'predict'; prediction: Answer }
  | { index: number; kind: 'label'; label: LabelReceipt }
  | { index: number; kind: 'error'; error: ReturnType<typeof toProblem> }

/** Everything up to item `upTo` is done, and what it journaled is durable, up to `sequence`. */
export interface StreamAck { upTo: number; sequence: number; results: StreamResult[] }

export interface StreamOptions {
  caller: string
  /** The time at which an item is accepted, asked when it was taken from the input; default: the home's. */
  now?: () => Micros
  /** Called in order. A promise holds the stream back when too many groups wait for it. */
  onAck(ack: StreamAck): void | Promise<void>
}

export interface StreamSummary { items: number; failed: number; sequence: number }

/** Items per acknowledgement; consecutive predictions in one frame; groups that may wait for the disk. */
const GROUP = 512
const FRAME = 256
const WAITING = 16

type PredictItem = Extract<StreamItem, { predict: string }>
interface Broken { broken: unknown }
interface Accepted { index: number; item: PredictItem; at: Micros }

/**
 * Processes items strictly in order. A failing item is reported under its index and does not stop the others; damage of what is stored does.
 * @throws SlipwayError `corrupt`, and whatever made the journal lose its durability.
 */
export async function processStream(
  parts: { predictor: Predictor; labels: Labels; features: FeaturePort; journal: Journal; clock: Clock; log: Log },
  items: AsyncIterable<StreamItem>, options: StreamOptions,
): Promise<StreamSummary> {
  const { predictor, labels, features, journal, clock, log } = parts
  const { epoch } = journal
  const { caller, onAck, now = () => clock.now() } = options
  const input = new StreamInput(items)
  let results: StreamResult[] = []
  let pending: Accepted[] = []
  const summary: StreamSummary = { items: 0, failed: 0, sequence: 0 }
  const groups: Promise<void>[] = []
  let lost: { error: unknown } | null = null
  /** The input's own fault: what came before it is finished and acknowledged first. */
  let broken: Broken | null = null

  const fail = (index: number, error: unknown): void => {
    if (endsStream(error)) throw error
    if (!(error instanceof SlipwayError)) log.error('An item of a stream failed.', { index, error })
    summary.failed++
    results.push({ index, kind: 'error', error: toProblem(error) })
  }

  /** A journal that was opened anew in another process may lack what this stream did before: nothing may follow on that. */
  const assertEpoch = (): void => {
    if (journal.epoch !== epoch) throw new SlipwayError('unreachable', 'The process that has the journal was started anew in the middle of the stream.', { remedy: 'Send again what was not acknowledged.' })
  }

  /** Too much waiting for the disk is no fault of an item: the stream waits, then goes on. */
  const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
    assertEpoch()
    try { return await work() } catch (error) {
      if (!(error instanceof SlipwayError && error.code === 'overloaded')) throw error
      await journal.waitDurable()
      assertEpoch()
      return await work()
    }
  }

  const predict = async (batch: Accepted[]): Promise<void> => {
    const { predict: endpoint } = batch[0].item
    try {
      const { predictions, sequence } = await patiently(() => predictor.predictAccepted({ endpoint, caller, features: batch[0].item.features === true, rows: batch.map(b => rowOf(b.item)) }, batch.map(b => b.at)))
      summary.sequence = Math.max(summary.sequence, sequence)
      predictions.forEach((prediction, i) => { results.push({ index: batch[i].index, kind: 'predict', prediction }) })
    } catch (error) {
      // A refused batch has journaled nothing: its rows go alone, so that only the faulty ones fail.
      if (batch.length === 1 || endsStream(error)) fail(batch[0].index, error)
      else for (const one of batch) await predict([one])
    }
  }

  const flush = async (): Promise<void> => {
    if (pending.length === 0) return
    const batch = pending
    pending = []
    await predict(batch)
  }

  const acknowledge = async (): Promise<void> => {
    if (results.length === 0) return
    assertEpoch()
    const ack: StreamAck = { upTo: summary.items - 1, sequence: summary.sequence, results }
    results = []
    const before = groups.at(-1)
    const group = (async () => {
      await journal.waitDurable(ack.sequence, epoch)
      await before
      await onAck(ack)
    })()
    group.catch((error: unknown) => { lost ??= { error } })
    groups.push(group)
    if (groups.length > WAITING) await groups.shift()
  }

  try {
    for (;;) {
      // An input that has nothing to give gets what is done so far; one that has fills frames and groups.
      const ready = input.poll() ?? await soon(input)
      if (ready === null) { await flush(); await acknowledge() }
      const next = ready ?? await input.next().catch((error: unknown): Broken => ({ broken: error }))
      if (lost !== null) throw (lost as { error: unknown }).error
      if ('broken' in next) { broken = next; break }
      if (next.done === true) break
      const index = summary.items++
      const item = next.value
      const at = now()
      const kind = kindOf(item)
      if (kind === 'predict') {
        const accepted = { index, item: item as PredictItem, at }
        const head = pending[0]?.item
        if (head !== undefined && (head.predict !== accepted.item.predict || head.features !== accepted.item.features || pending.length >= FRAME)) await flush()
        pending.push(accepted)
      } else {
        await flush()
        try {
          if (kind === null) throw new SlipwayError('invalid_request', `Item ${index} has none of push, predict and label.`)
          results.push(await patiently(() => single(index, item, at)))
        } catch (error) { fail(index, error) }
      }
      if (results.length >= GROUP) { await flush(); await acknowledge() }
    }
    await flush()
    await acknowledge()
    await Promise.all(groups)
    if (broken !== null) throw broken.broken
    return summary
  } finally {
    await input.close()
    await Promise.allSettled(groups)
  }

  async function single(index: number, item: StreamItem, at: Micros): Promise<StreamResult> {
    if ('push' in item) {
      const { first, last, duplicates } = await features.push(item.push, item.events, at)
      summary.sequence = Math.max(summary.sequence, last)
      return { index, kind: 'push', first, last, duplicates }
    }
    const { label, sequence } = await labels.label((item as Extract<StreamItem, { label: object }>).label, at)
    summary.sequence = Math.max(summary.sequence, sequence)
    return { index, kind: 'label', label }
  }
}

/** Damage of what is stored, and a component that is gone: what follows would be done without what came before. */
function endsStream(error: unknown): boolean { return error instanceof SlipwayError && (error.code === 'corrupt' || error.code === 'unreachable') }

function kindOf(item: unknown): 'push' | 'predict' | 'label' | null {
  if (typeof item !== 'object' || item === null) return null
  const kinds = (['push', 'predict', 'label'] as const).filter(k => Object.hasOwn(item, k))
  return kinds.length === 1 ? kinds[0] : null
}

/** What is left is the row; names that no row has are refused there. */
function rowOf({ predict: _endpoint, features: _features, at: _at, ...row }: PredictItem): PredictionRow { return row }

/** What the input gives within one turn of the event loop, or null. */
async function soon<T>(input: StreamInput<T>): Promise<IteratorResult<T> | null> {
  await Promise.resolve()
  await Promise.resolve()
  await Promise.resolve()
  const found = input.poll()
  if (found !== null) return found
  await new Promise(resolve => { setImmediate(resolve) })
  return input.poll()
}
