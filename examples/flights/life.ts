// Lives through a stretch of the timeline: one ordered stream, the home's clock standing at each happening in turn.
import type { Platform, SlipwayError } from 'slipway'
import { inOrder, type Happening } from './timeline.ts'

type StreamItems = Parameters<Platform['production']['processStream']>[0]
type StreamItem = StreamItems extends AsyncIterable<infer T> ? T : never

export interface LifeOptions {
  platform: Platform
  url: string
  token: string
  caller: string
  endpoint: string
  /** One of so many predictions goes singly over HTTP; 0 for none. */
  singleOf: number
  /** Predictions of the stretches before. */
  before: number
  progress(line: string): void
  onAcknowledged?(flights: string[]): void
}

/** What one stretch came to. */
export interface Life {
  predictions: number
  happenings: number
  /** Happenings that an earlier start had done. */
  resumedAt: number
  /** Milliseconds of each prediction over HTTP, synced before it is answered. */
  singles: number[]
  seconds: number
}

/** Goes on after the last prediction in the journal; facts after it are sent again, which changes nothing: they are known by their ids. */
export async function liveThrough(timeline: readonly Happening[], options: LifeOptions): Promise<Life> {
  const { platform, singleOf, progress } = options
  const started = performance.now()
  const resumedAt = await findResumption(timeline, options)
  const life: Life = { predictions: 0, happenings: timeline.length - resumedAt, resumedAt, singles: [], seconds: 0 }

  let day = 0
  const arrive = (h: Happening): void => {
    platform.clock.freeze(h.at)
    const today = Math.floor(h.at / 86_400_000_000)
    if (today !== day) { day = today; progress(`life: ${new Date(h.at / 1_000).toISOString().slice(0, 10)}, ${(options.before + life.predictions).toLocaleString('en')} predictions`) }
  }

  for (let i = resumedAt; i < timeline.length;) {
    let end = i
    while (end < timeline.length && !isSingle(timeline[end], singleOf)) end++
    if (end > i) life.predictions += await stream(timeline.slice(i, end), arrive, options)
    if (end < timeline.length) {
      const h = timeline[end] as Extract<Happening, { kind: 'predict' }>
      arrive(h)
      const sent = performance.now()
      await predictOverHttp(h, options)
      life.singles.push(Math.round((performance.now() - sent) * 100) / 100)
      life.predictions++
    }
    i = end + 1
  }
  return { ...life, seconds: (performance.now() - started) / 1_000 }
}

/** The index after the newest prediction that a tour made, 0 where it came before all of these. */
async function findResumption(timeline: readonly Happening[], { platform, endpoint, caller }: LifeOptions): Promise<number> {
  const recent = await platform.production.listPredictions({ endpoint, limit: 100 })
  const own = recent.find(p => p.caller === caller && p.idempotencyKey !== null)
  if (own === undefined) return 0
  const newest = { at: own.eventTime, kind: 'predict' as const, key: own.idempotencyKey! }
  return timeline.findLastIndex(h => h.kind === 'predict' && inOrder(h, newest) <= 0) + 1
}

/** The same flights whenever the tour is stopped: by a hash of their keys (FNV-1a). */
function isSingle(h: Happening, of: number): boolean {
  if (h.kind !== 'predict' || of === 0) return false
  let hash = 0x811c9dc5
  for (let i = 0; i < h.key.length; i++) hash = Math.imul(hash ^ h.key.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % of === 0
}

/** One piece of the stream; returns how many predictions it made. A refused item ends the tour: real data has none. */
async function stream(piece: readonly Happening[], arrive: (h: Happening) => void, { platform, caller, endpoint, onAcknowledged }: LifeOptions): Promise<number> {
  let predictions = 0
  async function* items(): StreamItems {
    for (const h of piece) {
      arrive(h)
      yield toItem(h, endpoint)
    }
  }
  await platform.production.processStream(items(), {
    caller,
    onAck: ({ results }) => {
      const flights: string[] = []
      for (const r of results) {
        if (r.kind === 'error') throw new Error(`${piece[r.index].kind} ${piece[r.index].key}: ${r.error.detail}`)
        if (r.kind === 'predict') flights.push(piece[r.index].key)
      }
      predictions += flights.length
      onAcknowledged?.(flights)
    },
  })
  return predictions
}

function toItem(h: Happening, endpoint: string): StreamItem {
  switch (h.kind) {
    case 'push': return { push: h.source, events: [{ values: h.values }], at: h.at }
    case 'label': return { label: { endpoint, label: 'late', entity: { flight: h.key }, value: h.late, knownAt: h.at }, at: h.at }
    case 'predict': return { predict: endpoint, entities: h.entities, request: h.request, eventTime: h.at, idempotencyKey: h.key, at: h.at }
  }
}

async function predictOverHttp(h: Extract<Happening, { kind: 'predict' }>, { url, token, endpoint, onAcknowledged }: LifeOptions): Promise<void> {
  const response = await fetch(`${url}/api/v1/endpoints/${endpoint}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ entities: h.entities, request: h.request, eventTime: h.at, idempotencyKey: h.key }),
  })
  const body = await response.text()
  if (!response.ok) throw new Error(`${h.key}: ${response.status} ${(JSON.parse(body) as Partial<SlipwayError> & { detail?: string }).detail ?? body}`)
  onAcknowledged?.([h.key])
}
