// POST /get-online-features: what models and notebooks read through Feast's client, or over plain HTTP.
import { Type } from 'typebox'
import { SlipwayError } from '../../core/errors.ts'
import type { Definitions } from '../../data/index.ts'
import type { App } from '../server-state.ts'
import { answerWriter, type AnswerWriter } from './answer.ts'
import { entityRows, readColumns, withKeys } from './entity-rows.ts'
import type { FeastParts } from './parts.ts'
import { planFeatures, planService, type ReadPlan } from './read-plan.ts'

/** Lists of features that are kept ready; anybody can make up more. */
const MOST_LISTS = 5_000

const Body = Type.Object({
  entities: Type.Record(Type.String(), Type.Array(Type.Unknown()), { description: 'Join key → one value a row; request data of on-demand features beside them' }),
  features: Type.Optional(Type.Array(Type.String(), { description: '"view:feature" names' })),
  feature_service: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  full_feature_names: Type.Optional(Type.Boolean()),
  include_feature_view_version_metadata: Type.Optional(Type.Boolean()),
})

interface Asked { features: string[]; service: string | null; fullNames: boolean; views: boolean }
interface Ready { plan: ReadPlan; digest: string; writer: AnswerWriter }

export function onlineFeatures(app: App, { platform, registered, trust }: FeastParts): void {
  const { data, clock } = platform
  const ready = new Readiness(async plan => (await data.prepare(plan.content)).digest)

  app.post('/get-online-features', {
    config: { access: 'read' }, validatorCompiler: trust,
    schema: {
      tags: ['feast'], summary: 'Online features by name or by service, as Feast\'s remote client asks for them', body: Body,
      description: 'Join keys come back first, then the features in the order asked. A status is PRESENT, NULL_VALUE, NOT_FOUND or OUTSIDE_MAX_AGE (the view\'s ttl, applied now). Failures are JSON strings of {module, class, message}.',
    },
  }, async (request, reply) => {
    const asked = readAsked(request.body)
    const given = readColumns((request.body as { entities?: unknown }).entities)
    const current = registered.current()
    const definitions = current instanceof Promise ? await current : current
    const found = ready.find(definitions, asked)
    const { plan, digest, writer } = found instanceof Promise ? await found : found
    const entities = withKeys(plan, given)
    const rows = entityRows(plan, entities, clock.now())
    const read = await data.read(digest, rows, { origins: true })
    return reply.header('content-type', 'application/json').send(writer.write(read, entities))
  })
}

/** Plans that are prepared, as long as the definitions stay what they are. */
class Readiness {
  readonly #prepare: (plan: ReadPlan) => Promise<string>
  readonly #digests = new Set<string>()
  #definitions: Definitions | null = null
  #joinKeys = new Set<string>()
  #all = new Map<string, Ready>()

  constructor(prepare: (plan: ReadPlan) => Promise<string>) { this.#prepare = prepare }

  find(definitions: Definitions, asked: Asked): Ready | Promise<Ready> {
    if (definitions !== this.#definitions) {
      this.#definitions = definitions
      this.#joinKeys = new Set(definitions.entities.map(e => e.key))
      this.#all = new Map()
    }
    const key = `${asked.fullNames ? 'f' : ''}${asked.views ? 'v' : ''}|${asked.service ?? ''}|${asked.service === null ? asked.features.join('\n') : ''}`
    return this.#all.get(key) ?? this.#make(definitions, asked, key)
  }

  async #make(definitions: Definitions, asked: Asked, key: string): Promise<Ready> {
    const plan = asked.service === null ? planFeatures(definitions, asked.features) : planService(definitions, asked.service)
    const writer = answerWriter(plan, asked.fullNames, this.#joinKeys, asked.views)
    if (this.#digests.size >= MOST_LISTS) throw new SlipwayError('invalid_request', `More than ${MOST_LISTS.toLocaleString('en')} different lists of features were asked for since the start.`, { remedy: 'Declare a feature service for what is asked for often, or restart the server.' })
    const made = { plan, writer, digest: await this.#prepare(plan) }
    this.#digests.add(made.digest)
    if (this.#definitions === definitions) this.#all.set(key, made)
    return made
  }
}

/** @throws SlipwayError `invalid_request`, `wrong_type` */
function readAsked(body: unknown): Asked {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new SlipwayError('invalid_request', 'The body must be an object with entities, and features or feature_service.')
  const { features = [], feature_service: service = null, full_feature_names: fullNames = false, include_feature_view_version_metadata: views = false } = body as Record<string, unknown>
  if (service !== null && typeof service !== 'string') throw new SlipwayError('wrong_type', 'feature_service must be the name of a service.', { faults: [{ path: 'feature_service', message: 'must be text' }] })
  if (!Array.isArray(features) || features.some(f => typeof f !== 'string')) throw new SlipwayError('wrong_type', 'features must be a list of "view:feature" names.', { faults: [{ path: 'features', message: 'must be a list of text' }] })
  if (typeof fullNames !== 'boolean' || typeof views !== 'boolean') throw new SlipwayError('wrong_type', 'full_feature_names and include_feature_view_version_metadata must be true or false.')
  return { features: features as string[], service: service === '' ? null : service, fullNames, views }
}
