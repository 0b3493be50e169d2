// The hot route: one row or many, answered when it is durable.
import { Type } from 'typebox'
import { formatActor } from '../../core/actor.ts'
import { SlipwayError } from '../../core/errors.ts'
import { formatTime } from '../../core/time.ts'
import type { Answer, PredictionRow } from '../../production/index.ts'
import type { App } from '../server-state.ts'
import { toSlipwayError } from '../problems.ts'
import type { NativeParts } from './parts.ts'
import { Name, NamedPath, Time } from './schemas.ts'

const Fields = {
  entities: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Entity name → key' })),
  request: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Request feature → value' })),
  eventTime: Type.Optional(Type.Union([Time, Type.Null()])),
  idempotencyKey: Type.Optional(Type.Union([Type.String({ maxLength: 200 }), Type.Null()])),
}

const Prediction = Type.Object({
  id: Type.String(), output: Type.Number({ description: 'Of several classes the greatest' }), outputs: Type.Optional(Type.Record(Type.String(), Type.Number(), { description: 'Of several classes: each one\'s' })), class: Type.Optional(Type.String()), decision: Type.Union([Type.Boolean(), Type.Null()]), release: Type.String(),
  role: Type.String(), fallback: Type.Optional(Type.String({ description: 'What answered in place of the model: previous, rule or default' })),
  eventTime: Type.String(), features: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})

/** What a client gets of one answer. */
export function presentAnswer({ eventTime, ...answer }: Answer): Record<string, unknown> { return { ...answer, eventTime: formatTime(eventTime) } }

export function predictRoute(app: App, { platform, metrics }: NativeParts): void {
  const { production } = platform

  app.post('/api/v1/endpoints/:name/predict', {
    config: { access: 'predict' },
    schema: {
      tags: ['endpoints'], summary: 'Predict: one row, or {"rows": [...]}',
      description: 'The answer is in the journal before you get it. A repeated idempotency key (24 h, per endpoint and caller; the header is taken too) gets the stored answer.',
      params: NamedPath,
      querystring: Type.Object({ features: Type.Optional(Type.Boolean({ description: 'Give the feature values with the answer' })) }, { additionalProperties: false }),
      headers: Type.Object({ 'idempotency-key': Type.Optional(Name) }),
      body: Type.Object({ ...Fields, rows: Type.Optional(Type.Array(Type.Unknown(), { description: 'Rows of the same fields; 10,000 at most' })) }, { description: 'The fields of one row, or rows', examples: [{ entities: { ENTITY: 'key' }, request: { FEATURE: 1 } }] }),
      response: { 200: Type.Unsafe<unknown>(Type.Union([Prediction, Type.Object({ predictions: Type.Array(Prediction) })])) },
    },
  }, async request => {
    const started = performance.now()
    const { name } = request.params
    const body = request.body as PredictionRow & { rows?: PredictionRow[] }
    const rows = body.rows === undefined ? [withKey(body, request.headers['idempotency-key'])] : batchRows(body, request.headers['idempotency-key'])
    try {
      const result = await production.predict({ endpoint: name, rows, caller: formatActor(request.principal.actor), features: request.query.features === true })
      await result.waitDurable()
      metrics.predicted(name, result.predictions, (performance.now() - started) / 1_000)
      return body.rows === undefined ? presentAnswer(result.predictions[0]) : { predictions: result.predictions.map(presentAnswer) }
    } catch (error) {
      const known = toSlipwayError(error)
      // An unknown name is not a label: anybody could make up a million.
      metrics.refused(known.code === 'unknown_endpoint' ? '' : name, known.code)
      throw error
    }
  })
}

function withKey(row: PredictionRow, key: string | undefined): PredictionRow {
  return key === undefined || (row.idempotencyKey !== undefined && row.idempotencyKey !== null) ? row : { ...row, idempotencyKey: key }
}

/** One key for a batch is one for each of its rows. */
function batchRows(body: { rows?: PredictionRow[] }, key: string | undefined): PredictionRow[] {
  const { rows = [], ...others } = body
  const [other] = Object.keys(others)
  if (other !== undefined) throw new SlipwayError('unknown_feature', `${other} stands beside rows, and belongs into each of them.`, { faults: [{ path: other, message: 'belongs into each row' }] })
  return key === undefined ? rows : rows.map((row, i) => (typeof row === 'object' && row !== null ? withKey(row, `${key}#${i}`) : row))
}
