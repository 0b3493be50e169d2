import { Type } from 'typebox'
import { toProblem } from '../../core/errors.ts'
import type { LabelReceipt, LabelRequest } from '../../production/index.ts'
import type { App } from '../server-state.ts'
import { toSlipwayError } from '../problems.ts'
import type { NativeParts } from './parts.ts'
import { Name, Time } from './schemas.ts'

const MOST = 10_000

const Label = {
  endpoint: Name,
  label: Type.Optional(Type.String({ description: 'Default: the label that the model learnt' })),
  prediction: Type.Optional(Type.String({ maxLength: 100, description: 'The prediction\'s id' })),
  entity: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Or the endpoint\'s label entity: the latest prediction for it' })),
  value: Type.Union([Type.Boolean(), Type.Number(), Type.Null()], { description: 'null takes an earlier label back' }),
  knownAt: Type.Optional(Type.Union([Time, Type.Null()])),
}

/** Ground truth. A label that comes twice counts once, so a batch may be sent again as a whole. */
export function labelRoutes(app: App, { platform, metrics }: NativeParts): void {
  const config = { access: { write: 'scientist' as const } }

  app.post('/api/v1/labels', {
    config,
    schema: { tags: ['endpoints'], summary: 'The outcome of a prediction', body: Type.Object(Label, { additionalProperties: false, examples: [{ endpoint: 'NAME', prediction: 'pred_…', value: true }] }) },
  }, async request => {
    const result = await platform.production.label(request.body as LabelRequest)
    await result.waitDurable()
    metrics.labelled(request.body.endpoint, result.label.status, 1)
    return result.label
  })

  app.post('/api/v1/labels/batch', {
    config,
    schema: {
      tags: ['endpoints'], summary: 'Many outcomes, in order; one that fails is reported under its index, and the others count',
      body: Type.Object({ labels: Type.Array(Type.Object(Label, { additionalProperties: false }), { minItems: 1, maxItems: MOST }) }, { additionalProperties: false }),
    },
  }, async request => {
    const results: (LabelReceipt | { index: number; error: ReturnType<typeof toProblem> })[] = []
    let last: (() => Promise<void>) | undefined
    let failed = 0
    for (const [index, label] of request.body.labels.entries()) {
      try {
        const result = await platform.production.label(label as LabelRequest)
        metrics.labelled(label.endpoint, result.label.status, 1)
        results.push(result.label)
        last = result.waitDurable
      } catch (error) {
        const known = toSlipwayError(error)
        if (known.status >= 500) throw error
        failed++
        results.push({ index, error: toProblem(known) })
      }
    }
    await last?.()
    return { labels: results, failed }
  })
}
