// KServe V1, TensorFlow Serving's protocol of rows: {"instances": [...]} to {"predictions": [...]}.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { formatActor } from '../../core/actor.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { Platform } from '../../platform.ts'
import type { Answer, PredictionExplanation } from '../../production/index.ts'
import { answersBody } from '../inference/answers-body.ts'
import { rowsOfColumns, withKey } from '../inference/columns.ts'
import { columnsOfList, columnsOfNamedLists, isObject, positionalNames } from '../inference/json-rows.ts'
import { bodyOf, DOCUMENTED_ONLY, headerOf, takeAnyBody } from '../inference/message-body.ts'
import type { ServingFace } from '../inference/serving-face.ts'
import { parseJsonTokens } from '../json.ts'
import { inferenceProblem } from '../open-inference/problem.ts'
import { handleErrors } from '../problems.ts'
import type { App } from '../server-state.ts'

const MOST_EXPLAINED = 1_000
const ModelPath = Type.Object({ model: Type.String({ maxLength: 200 }) })
const Body = Type.Object({ instances: Type.Array(Type.Unknown(), { description: 'Rows: objects by name, or lists in the order of the inputs where the model has no entities' }), parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())) })

export function kserveRoutes(app: App, { platform, log, face }: { platform: Platform; log: Log; face: ServingFace }): void {
  handleErrors(app as unknown as FastifyInstance, log, inferenceProblem)
  takeAnyBody(app)
  const tags = ['kserve']

  const ask = (request: FastifyRequest, model: string, mostRows = Infinity): Promise<Answer[]> => face.counted(model, async () => {
    const endpoint = await face.describe(model)
    const body = parseJsonTokens(await bodyOf(request, platform.config.server.bodyLimit))
    const { columns, rows } = readInstances(body, positionalNames(endpoint))
    if (rows > mostRows) throw new SlipwayError('invalid_request', `${rows} rows are more than are explained at once: ${mostRows}.`)
    const asked = withKey(rowsOfColumns(endpoint, columns, rows), headerOf(request, 'idempotency-key'))
    return face.predict(model, asked, formatActor(request.principal.actor))
  })

  app.get('/v1/models', { config: { access: 'read' }, schema: { tags, summary: 'Names of the models' } }, async () => ({ models: (await platform.metadata.list('endpoint')).map(e => e.id) }))
  app.get('/v1/models/:model', { config: { access: 'read' }, schema: { tags, summary: 'Whether the model answers', params: ModelPath } }, async request => {
    const { model } = request.params as { model: string }
    await face.requireReady(model)
    return { name: model, ready: true }
  })
  app.post('/v1/models/:call', {
    config: { access: 'predict' }, ...DOCUMENTED_ONLY,
    schema: {
      tags, summary: 'MODEL:predict predicts rows; MODEL:explain also says what each input contributed', params: Type.Object({ call: Type.String({ maxLength: 220 }) }), body: Body,
      description: 'Beside the predictions stand prediction_ids, and decisions where the endpoint has a threshold.',
    },
  }, async request => {
    const { model, verb } = readCall((request.params as { call: string }).call)
    if (verb === 'predict') return answersBody(await ask(request, model))
    const answers = await ask(request, model, MOST_EXPLAINED)
    const explanations = []
    for (const { id } of answers) explanations.push(present(await platform.production.explain(id)))
    return { explanations, ...answersBody(answers) }
  })
}

/** @throws SlipwayError `not_found` */
function readCall(call: string): { model: string; verb: 'predict' | 'explain' } {
  const colon = call.lastIndexOf(':')
  const verb = call.slice(colon + 1)
  if (colon < 1 || (verb !== 'predict' && verb !== 'explain')) throw new SlipwayError('not_found', `There is nothing at /v1/models/${call.slice(0, 100)} to POST to.`, { remedy: 'POST to /v1/models/MODEL:predict or /v1/models/MODEL:explain.' })
  return { model: call.slice(0, colon), verb }
}

/** `inputs` is the other name that V1 takes. */
function readInstances(body: unknown, names: readonly string[] | null): ReturnType<typeof columnsOfList> {
  if (!isObject(body)) throw new SlipwayError('wrong_type', 'The body must be an object with instances.', { remedy: 'Send {"instances": [ROW, …]}.' })
  const { instances, inputs } = body
  if (Array.isArray(instances)) return columnsOfList(instances, names, 'instances')
  if (instances === undefined && Array.isArray(inputs)) return columnsOfList(inputs, names, 'inputs')
  if (instances === undefined && isObject(inputs)) return columnsOfNamedLists(inputs, 'inputs')
  throw new SlipwayError('invalid_request', 'instances must be a list of rows.', { remedy: 'Send {"instances": [ROW, …]}.', faults: [{ path: 'instances', message: 'must be a list' }] })
}

function present({ id, class: explained, base, raw, output, method, contributions }: PredictionExplanation): Record<string, unknown> {
  return { prediction_id: id, method, ...(explained === undefined ? {} : { class: explained }), base, raw, output, contributions: Object.fromEntries(contributions.map(c => [c.feature, c.contribution])) }
}
