import { Type } from 'typebox'
import type { Principal } from '../../metadata/index.ts'
import type { App } from '../server-state.ts'
import type { NativeParts } from './parts.ts'
import { Limit, Name, Purpose, QueryTime, readOptionalTime } from './schemas.ts'
import { withTimes } from './times.ts'

const Id = Type.Object({ id: Type.String({ maxLength: 100 }) })
const For = Type.Object({ purpose: Type.Optional(Purpose) }, { additionalProperties: false })

/** Predictions that were made: read, trace, replay. */
export function predictionRoutes(app: App, { platform, reads }: NativeParts): void {
  const { production } = platform
  const config = { access: 'read' as const }
  const opened = async <T>(request: { principal: Principal; params: { id: string }; query: { purpose?: string } }, read: (id: string) => Promise<T>): Promise<T> => {
    const found = await read(request.params.id)
    await reads.opened(request.principal.actor, request.query.purpose, request.params.id)
    return found
  }

  app.get('/api/v1/predictions', {
    config,
    schema: {
      tags: ['endpoints'], summary: 'Predictions, newest first, with the truth where it has come',
      description: 'More than 1,000 of an endpoint within an hour, or any with a `purpose`, are a read that is recorded as `predictions.read`.',
      querystring: Type.Object({
        endpoint: Type.Optional(Name), from: Type.Optional(QueryTime), to: Type.Optional(QueryTime), labelKey: Type.Optional(Name),
        limit: Type.Optional(Limit), purpose: Type.Optional(Purpose), before: Type.Optional(Type.Integer({ minimum: 1, description: 'Only sequences before this: `next` of the page before' })),
      }, { additionalProperties: false }),
    },
  }, async request => {
    const { from, to, purpose, ...filter } = request.query
    const found = await production.listPredictions({ ...filter, from: readOptionalTime(from, 'from'), to: readOptionalTime(to, 'to') })
    await reads.listed({ actor: request.principal.actor, purpose, endpoint: filter.endpoint, rows: found.length })
    return { predictions: withTimes(found), next: found.length < (filter.limit ?? 100) ? null : found.at(-1)?.sequence ?? null }
  })

  app.get('/api/v1/predictions/:id', { config, schema: { tags: ['endpoints'], summary: 'One prediction: inputs, feature values, output, truth. Recorded as `prediction.read`, once an hour', params: Id, querystring: For } },
    async request => withTimes(await opened(request, id => production.getPrediction(id))))

  app.get('/api/v1/predictions/:id/trace', { config, schema: { tags: ['endpoints'], summary: 'What it rests on, down to the data and on to the outcome', params: Id, querystring: For } },
    async request => withTimes(await opened(request, id => production.trace(id))))

  app.get('/api/v1/predictions/:id/replay', { config, schema: { tags: ['endpoints'], summary: 'Computed again from the stored content: equal to the bit, or where it differs', params: Id } },
    request => production.replay(request.params.id))

  app.post('/api/v1/replay', {
    config,
    schema: {
      tags: ['endpoints'], summary: 'Replays predictions drawn at random',
      body: Type.Object({ count: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, default: 1_000 })), seed: Type.Optional(Type.Integer({ minimum: 0 })), endpoint: Type.Optional(Name) }, { additionalProperties: false }),
    },
  }, request => production.replayMany(request.body))
}
