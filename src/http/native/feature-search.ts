import { Type } from 'typebox'
import type { Aggregate } from '../../core/definition.ts'
import type { App } from '../server-state.ts'
import { ndjsonReply } from '../ndjson.ts'
import type { NativeParts } from './parts.ts'
import { Name, readOptionalTime, Time } from './schemas.ts'
import { withTimes } from './times.ts'

const Names = Type.Array(Type.String({ maxLength: 200 }), { maxItems: 100 })

const Body = Type.Object({
  model: Name,
  windows: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 50, description: 'Durations, or "lifetime"' })),
  aggregates: Type.Optional(Names),
  sources: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { maxItems: 100, description: 'Only these; default: every source of events that carries the key of an entity of the service' })),
  relations: Type.Optional(Type.Array(Type.Object({ source: Name, entities: Names }, { additionalProperties: false }), { minItems: 1, maxItems: 100, description: 'In place of those that are found' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Survivors at most' })),
  most: Type.Optional(Type.Integer({ minimum: 1, maximum: 5_000, description: 'Candidates at most' })),
  rows: Type.Optional(Type.Integer({ minimum: 100, maximum: 1_000_000, description: 'Examples at most, taken evenly over time' })),
  from: Type.Optional(Time), to: Type.Optional(Time), labelsKnownBy: Type.Optional(Time),
  seed: Type.Optional(Type.Integer()),
}, { additionalProperties: false })

/** Automated feature engineering: what it finds is said, and nothing is registered. */
export function featureSearchRoutes(app: App, { platform, log }: NativeParts): void {
  app.post('/api/v1/features/search', {
    config: { access: { write: 'scientist' } },
    schema: {
      tags: ['models'], summary: 'Search features for a model: a grid of candidates, of which those survive that later rows speak for', body: Body,
      description: 'With "accept: application/x-ndjson" the reply is lines of {"progress"}, then one {"result"} or {"error"}. The search ends when the connection does.',
    },
  }, async (request, reply) => {
    const { from, to, labelsKnownBy, aggregates, ...wish } = request.body
    const ended = new AbortController()
    reply.raw.once('close', () => { ended.abort() })
    const work = {
      ...wish, aggregates: aggregates as Aggregate[] | undefined, from: readOptionalTime(from, 'from'), to: readOptionalTime(to, 'to'), labelsKnownBy: readOptionalTime(labelsKnownBy, 'labelsKnownBy'),
      actor: request.principal.actor, signal: ended.signal,
    }
    if (!(request.headers.accept ?? '').includes('application/x-ndjson')) return withTimes(await platform.intelligence.searchFeatures(work))
    return ndjsonReply(reply, log, async write => {
      const result = await platform.intelligence.searchFeatures({ ...work, onProgress: progress => { void write({ progress }) } })
      await write({ result: withTimes(result) })
    })
  })
}
