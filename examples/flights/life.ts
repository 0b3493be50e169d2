// Lives through a timeline: one ordered stream, the home's clock standing at each happening in turn.
import type { Platform, SlipwayError } from 'slipway'
import type { Happening } from './timeline.ts'

type StreamItems = Parameters<Platform['production']['processStream']>[0]
type StreamItem = StreamItems extends AsyncIterable<infer T> ? T : never

export interface LifeOptions {
  platform: Platform
  url: string
  token: string
  caller: string
  endpoint: string
  /** So many predictions, spread evenly, go singly over HTTP. */
  singles: number
  progress(line: string): void
  onAcknowledged?(flights: string[]): void
}

export interface Life {
  predictions: number
  happenings: number
  /** Happenings that an earlier start had done. */
  resumedAt: number
  singles: number
  /** Milliseconds of a single prediction over HTTP, synced before it is answered. */
  singleP50: number
  singleP99: number
  seconds: number
}

/** Goes on after the last prediction in the journal; facts after it are sent again, which changes nothing: they are known by their ids. */
export async function liveThrough(timeline: readonly Happening[], options: LifeOptions): Promise<Life> {
  const { platform, endpoint, caller, progress } = options
  const started = performance.now()
  const resumedAt = await findResumption(timeline, platform, endpoint, caller)
  const every = Math.max(1, Math.floor(timeline.filter(h => h.kind === 'predict').length / Math.max(1, options.singles)))
  const latencies: number[] = []
  const life: Life = { predictions: 0, happenings: timeline.length - resumedAt, resumedAt, singles: 0, singleP50: 0, singleP99: 0, seconds: 0 }
  const single = chooseSingles(timeline, options.singles > 0 ? every : 0, options.singles)

  let day = 0
  const arrive = (h: Happening): void => {
    platform.clock.freeze(h.at)
    const today = Math.floor(h.at / 86_400_000_000)
    if (today !== day) { day = today; progress(`life: ${new Date(h.at / 1_000).toISOString().slice(0, 10)}, ${life.predictions.toLocaleString('en')} predictions`) }
  }

  for (let i = resumedAt; i < timeline.length;) {
    let end = i
    while (end < timeline.length && !single.has(end)) end++
    if (end > i) life.predictions += await stream(timeline.slice(i, end), arrive, options)
    if (end < timeline.length) {
      const h = timeline[end] as Extract<Happening, { kind: 'predict' }>
      arrive(h)
      const sent = performance.now()
      await predictOverHttp(h, options)
      latencies.push(performance.now() - sent)
      life.predictions++
      life.singles++
    }
    i = end + 1
  }
  latencies.sort((a, b) => a - b)
  const quantile = (q: number): number => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))] ?? 0
  return { ...life, singleP50: quantile(0.5), singleP99: quantile(0.99), seconds: (performance.now() - started) / 1_000 }
}

/** The index after the newest prediction that a tour made, 0 without one. */
async function findResumption(timeline: readonly Happening[], platform: Platform, endpoint: string, caller: string): Promise<number> {
  const recent = await platform.production.listPredictions({ endpoint, limit: 100 })
  const own = recent.find(p => p.caller === caller && p.idempotencyKey !== null)
  if (own === undefined) return 0
  const index = timeline.findIndex(h => h.kind === 'predict' && h.key === own.idempotencyKey)
  return index + 1
}

function chooseSingles(timeline: readonly Happening[], every: number, most: number): Set<number> {
  const chosen = new Set<number>()
  let n = 0
  timeline.forEach((h, i) => { if (h.kind === 'predict' && every > 0 && n++ % every === 0 && chosen.size < most) chosen.add(i) })
  return chosen
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
