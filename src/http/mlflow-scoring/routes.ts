// MLflow's scoring protocol: POST /invocations in all its forms, and the same for each endpoint by name.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { formatActor } from '../../core/actor.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { Platform } from '../../platform.ts'
import { MOST_ROWS, type EndpointDescription } from '../../production/index.ts'
import { answersBody } from '../inference/answers-body.ts'
import { askedColumns, ROW_COLUMNS, rowsOfColumns, withKey } from '../inference/columns.ts'
import { bodyOf, DOCUMENTED_ONLY, headerOf, takeAnyBody } from '../inference/message-body.ts'
import type { ServingFace } from '../inference/serving-face.ts'
import { parseJsonTokens } from '../json.ts'
import { handleErrors } from '../problems.ts'
import type { App } from '../server-state.ts'
import { readCsv } from './csv.ts'
import { readForm, type Scoring } from './forms.ts'
import { readParquet } from './parquet.ts'
import { scoringProblem } from './problem.ts'

const EndpointPath = Type.Object({ endpoint: Type.Optional(Type.String({ maxLength: 200 })) })
const Body = Type.Object({
  dataframe_split: Type.Optional(Type.Object({ columns: Type.Optional(Type.Array(Type.String())), data: Type.Array(Type.Array(Type.Unknown())) })),
  dataframe_records: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()))),
  instances: Type.Optional(Type.Array(Type.Unknown())), inputs: Type.Optional(Type.Unknown()),
  params: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})

export function scoringRoutes(app: App, { platform, log, face }: { platform: Platform; log: Log; face: ServingFace }): void {
  handleErrors(app as unknown as FastifyInstance, log, scoringProblem)
  takeAnyBody(app)

  /** The one endpoint that answers, or the one that is called default. */
  const onlyEndpoint = async (): Promise<string> => {
    const states = await platform.production.modelStates()
    if (states.some(s => s.endpoint === 'default')) return 'default'
    const serving = states.filter(s => s.state !== 'UNAVAILABLE').map(s => s.endpoint)
    if (serving.length === 1) return serving[0]
    throw new SlipwayError('not_found', serving.length === 0 ? 'No endpoint answers yet.' : `There are several endpoints, and none is called default: ${serving.slice(0, 20).join(', ')}.`, { remedy: serving.length === 0 ? 'Deploy a release, or serve a model.' : 'Use /endpoints/NAME/invocations.' })
  }

  const read = async (request: FastifyRequest, endpoint: EndpointDescription): Promise<Scoring> => {
    const body = await bodyOf(request, platform.config.server.bodyLimit)
    const columns = new Map([...askedColumns(endpoint), ...ROW_COLUMNS].map(c => [c.name, c.type]))
    switch (formatOf(request.sentType, body)) {
      case 'csv': return { ...readCsv(body, columns), params: {} }
      case 'parquet': return { ...await readParquet(platform.engine, body, new Set(columns.keys()), MOST_ROWS), params: {} }
      case 'json': return readForm(parseJsonTokens(body), endpoint)
    }
  }

  for (const path of ['/invocations', '/endpoints/:endpoint/invocations', '/serving-endpoints/:endpoint/invocations', '/gateway/:endpoint/invocations']) {
    app.post(path, {
      config: { access: 'predict' }, ...DOCUMENTED_ONLY,
      schema: {
        tags: ['mlflow-scoring'], summary: path === '/invocations' ? 'Predict with the one endpoint there is, or the one called default' : 'Predict with an endpoint', params: EndpointPath, body: Body,
        description: 'Exactly one of dataframe_split, dataframe_records, instances and inputs; or text/csv with a line of names, or Parquet. Columns go by name, others are left alone. params.idempotency_key makes a repeat safe. Beside the predictions stand prediction_ids, and decisions where there is a threshold.',
      },
    }, async request => {
      const name = (request.params as { endpoint?: string }).endpoint ?? await onlyEndpoint()
      return face.counted(name, async () => {
        const endpoint = await face.describe(name)
        const { columns, rows, params } = await read(request, endpoint)
        const key = params.idempotency_key
        if (key !== undefined && typeof key !== 'string') throw new SlipwayError('wrong_type', 'params.idempotency_key must be text.', { faults: [{ path: 'params.idempotency_key', message: 'must be text' }] })
        requireColumns(endpoint, columns.map(c => c.name))
        const asked = withKey(rowsOfColumns(endpoint, columns, rows, { ignoreOthers: true, truncate: true }), key ?? headerOf(request, 'idempotency-key'))
        return answersBody(await face.predict(name, asked, formatActor(request.principal.actor)))
      })
    })
  }
}

/** By the content type; without one, by the first bytes. @throws SlipwayError `unsupported_media_type` */
function formatOf(type: string | undefined, body: Buffer): 'json' | 'csv' | 'parquet' {
  const [name, ...parameters] = (type ?? '').split(';').map(t => t.trim().toLowerCase())
  const charset = parameters.find(p => p.startsWith('charset='))?.slice(8).replaceAll('"', '')
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') throw new SlipwayError('unsupported_media_type', `The charset ${JSON.stringify(charset.slice(0, 40))} is not taken.`, { remedy: 'Send UTF-8.' })
  switch (name) {
    case 'application/json': return 'json'
    case 'text/csv': return 'csv'
    case 'application/vnd.apache.parquet': case 'application/x-parquet': case 'application/parquet': return 'parquet'
    case '': return body.toString('latin1', 0, 4) === 'PAR1' ? 'parquet' : /^\s*[[{]/.test(body.toString('latin1', 0, 100)) || body.length === 0 ? 'json' : 'csv'
    default: throw new SlipwayError('unsupported_media_type', `The content type ${JSON.stringify(name.slice(0, 80))} is not one that is taken.`, { remedy: 'Send application/json, text/csv or application/vnd.apache.parquet.' })
  }
}

/** All columns that are missing, at once. */
function requireColumns({ endpoint, entities, request }: EndpointDescription, given: readonly string[]): void {
  const missing = [...new Set([...entities.map(e => e.name), ...request.filter(r => r.optional !== true).map(r => r.name)])].filter(name => !given.includes(name))
  if (missing.length > 0) throw new SlipwayError('missing_request_field', `${endpoint} needs the columns ${missing.join(', ')}, which are missing.`, { remedy: 'Send every column that it takes, by name.', faults: missing.map(path => ({ path, message: 'is missing' })) })
}
