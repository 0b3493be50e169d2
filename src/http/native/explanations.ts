import { Type } from 'typebox'
import { SlipwayError } from '../../core/errors.ts'
import type { App } from '../server-state.ts'
import type { NativeParts } from './parts.ts'
import { Name, NamedPath, Purpose } from './schemas.ts'

const Id = Type.String({ maxLength: 100 })
const Values = Type.Record(Type.String(), Type.Unknown(), { description: 'By the name of the model\'s input; null is missing' })

/** Why a prediction came out as it did, and what would have with other values. Nothing here is journaled. */
export function explanationRoutes(app: App, { platform, reads }: NativeParts): void {
  const { production } = platform

  app.get('/api/v1/predictions/:id/explanation', {
    config: { access: 'read' },
    schema: {
      tags: ['endpoints'], summary: 'What each input contributed: exact SHAP by the release that answered', params: Type.Object({ id: Id }), querystring: Type.Object({ purpose: Type.Optional(Purpose) }, { additionalProperties: false }),
      description: 'raw = base + the sum of the contributions, in log-odds; output = 1 / (1 + e^-raw). Inputs stand in the order of the model. A fallback\'s answer, which no model computed, has none (404).',
    },
  }, async request => {
    const explanation = await production.explain(request.params.id)
    await reads.opened(request.principal.actor, request.query.purpose, request.params.id)
    return explanation
  })

  app.post('/api/v1/endpoints/:name/what-if', {
    config: { access: 'read' },
    schema: {
      tags: ['endpoints'], summary: 'Score given feature values under the champion or a named release; nothing is looked up or journaled', params: NamedPath,
      description: 'Begins with what a prediction logged, or with every feature missing, then sets `features`; on-demand features are taken as given. With `vectors`, each a set of values of its own, the answer is {"release", "outputs"}.',
      body: Type.Object({
        prediction: Type.Optional(Type.String({ maxLength: 100, description: 'Begin with the feature values that it logged' })),
        features: Type.Optional(Values),
        release: Type.Optional(Type.Union([Type.Integer({ minimum: 1 }), Name], { description: 'Number or id; default: the champion' })),
        explain: Type.Optional(Type.Boolean({ description: 'Say what each input contributes' })),
        vectors: Type.Optional(Type.Array(Values, { minItems: 1, maxItems: 10_000, description: 'Many at once, in place of prediction, features and explain' })),
      }, { additionalProperties: false, examples: [{ features: { FEATURE: 1 }, explain: true }] }),
    },
  }, async request => {
    const { vectors, release, ...one } = request.body
    const endpoint = request.params.name
    if (vectors === undefined) {
      const answer = await production.whatIf({ endpoint, release, ...one })
      if (one.prediction !== undefined) await reads.opened(request.principal.actor, undefined, one.prediction)
      return answer
    }
    const [other] = Object.keys(one)
    if (other !== undefined) throw new SlipwayError('invalid_request', `${other} stands beside vectors, which hold all their values themselves.`, { faults: [{ path: other, message: 'must not stand beside vectors' }] })
    return production.whatIfMany({ endpoint, release, vectors })
  })
}
