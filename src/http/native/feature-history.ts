import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { SlipwayError } from '../../core/errors.ts'
import { rowAt, type Table } from '../../core/table.ts'
import { formatTime } from '../../core/time.ts'
import type { HistoryFacts } from '../../data/index.ts'
import { writeArrow } from '../arrow/write-arrow.ts'
import { stringifyJson } from '../json.ts'
import type { App } from '../server-state.ts'
import { ARROW, PARQUET, receiveRows, STREAMED } from './entity-rows.ts'
import type { NativeParts } from './parts.ts'
import { Name } from './schemas.ts'

const JSON_TYPE = 'application/json'
const Query = Type.Object({
  features: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 8_000 }), Type.Array(Type.String({ minLength: 1, maxLength: 8_000 }))], { description: 'view.feature names with commas between them' })),
  service: Type.Optional(Name),
  timestamp: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'The column with the time as of which features are read; default event_timestamp' })),
  mode: Type.Optional(Type.Union([Type.Literal('knownAt'), Type.Literal('eventTime')], { description: 'knownAt (default): what was known at the time; eventTime: what had happened, in its last version, whenever it became known' })),
  origins: Type.Optional(Type.Boolean({ description: 'true: beside each feature of a view its view.feature__event_time and view.feature__age (seconds)' })),
  purpose: Type.Optional(Type.String({ maxLength: 1_000, description: 'What the features are for, in a few words: recorded with who reads them' })),
}, { additionalProperties: false })

/** Historical features for rows that somebody brings. */
export function featureHistoryRoute(app: App, { platform }: NativeParts): void {
  const { data, config } = platform
  void app.register(async scope => {
    // Only here: elsewhere such bodies are refused.
    for (const type of STREAMED) scope.addContentTypeParser(type, (_request, body, done) => { done(null, body) })

    ;(scope as App).post('/api/v1/features/history', {
      config: { access: 'read', streams: true },
      schema: {
        tags: ['data'], summary: 'Historical features for given entity rows: keys and times in, the same rows with their features out; needs a token and a purpose',
        description: `Body: Parquet (${PARQUET}), an Arrow IPC stream (${ARROW}), CSV (text/csv), each up to server.rowsLimit bytes, or JSON rows up to server.bodyLimit. One column a key, named as the entity's key column; event_timestamp (without an offset UTC); request features of the service by name. Answer by Accept: Parquet (default), Arrow or JSON: as many rows as came, in their order, with their columns, then the features by their full names. Features may be named by slipway-features, slipway-service, slipway-mode, slipway-timestamp and slipway-purpose headers too. Recorded as \`features.read\`. Headers of the answer: slipway-rows, slipway-ledger, slipway-content-digest; slipway-digest is the SHA-256 of the answer as Parquet.`,
        consumes: [...STREAMED, JSON_TYPE], querystring: Query,
      },
    }, async (request, reply) => {
      const { actor } = request.principal
      // What has not been read of a body cannot be followed by another request.
      reply.header('connection', 'close')
      if (actor.kind === 'anonymous') throw new SlipwayError('unauthenticated', 'A read of history is recorded with who asked for it, and this came without a token.')
      const told = (name: 'service' | 'mode' | 'timestamp' | 'purpose'): string | undefined => request.query[name] ?? headerOf(request.headers[`slipway-${name}`])
      const features = readNames(request.query.features ?? headerOf(request.headers['slipway-features']), told('service'))
      const answer = answerType(request.headers.accept)
      const type = (request.headers['content-type'] ?? '').split(';', 1)[0].trim().toLowerCase()
      const { rows, discard } = await receiveRows(type, request.body, { limit: config.server.rowsLimit, seconds: config.server.requestTimeout })
      try {
        const items = data.readHistory({ rows, features, timestamp: told('timestamp'), mode: told('mode') as 'knownAt' | undefined, origins: request.query.origins, purpose: told('purpose'), format: answer === PARQUET ? 'parquet' : 'tables', actor })[Symbol.asyncIterator]()
        const first = await items.next()
        const facts = first.value as HistoryFacts
        reply.header('content-type', answer).header('slipway-rows', facts.rows).header('slipway-ledger', facts.ledger).header('slipway-content-digest', facts.contentDigest).header('slipway-digest', facts.digest)
        if (answer === PARQUET) return reply.header('content-length', facts.bytes).send(Readable.from(rest<Uint8Array>(items), { objectMode: false }))
        const tables = rest<Table>(items)
        return reply.send(Readable.from(answer === ARROW ? writeArrow(tables) : writeRows(tables, facts), { objectMode: false }))
      } finally { await discard() }
    })
  })
}

function headerOf(value: string | string[] | undefined): string | undefined { return Array.isArray(value) ? value.join(',') : value }

function readNames(features: string | string[] | undefined, service: string | undefined): string | string[] {
  if ((features === undefined) === (service === undefined)) throw new SlipwayError('invalid_request', 'Say which features: features=view.feature,… or service=NAME, one of the two.', { faults: [{ path: 'features', message: 'or service must be there, not both' }] })
  return service ?? [features ?? []].flat().flatMap(text => text.split(',').map(name => name.trim()).filter(name => name !== ''))
}

/** The first type of Accept that there is; Parquet where any will do. */
function answerType(accept: string | undefined): string {
  if (accept === undefined || accept.trim() === '') return PARQUET
  for (const part of accept.split(',')) {
    const type = part.split(';', 1)[0].trim().toLowerCase()
    if (type === '*/*' || type === 'application/*') return PARQUET
    if ([PARQUET, ARROW, JSON_TYPE].includes(type)) return type
  }
  throw new SlipwayError('invalid_request', `The answer is ${PARQUET}, ${ARROW} or ${JSON_TYPE}, and Accept names none of them.`, { faults: [{ path: 'accept', message: 'names no type that there is' }] })
}

async function* rest<T>(items: AsyncIterator<unknown>): AsyncGenerator<T> {
  try {
    for (let next = await items.next(); next.done !== true; next = await items.next()) yield next.value as T
  } finally { await items.return?.() }
}

/** `{"columns": […], "rows": [{…}, …]}`; times are ISO 8601, whole numbers exact. */
async function* writeRows(tables: AsyncIterable<Table>, { columns }: HistoryFacts): AsyncGenerator<string> {
  yield `{"columns":${stringifyJson(columns)},"rows":[`
  let first = true
  for await (const table of tables) {
    const times = table.schema.filter(c => c.type === 'timestamp').map(c => c.name)
    const lines = Array.from({ length: table.rows }, (_, i) => {
      const row = rowAt(table, i)
      for (const name of times) if (row[name] !== null) row[name] = formatTime(row[name] as number)
      return stringifyJson(row)
    })
    if (lines.length > 0) yield `${first ? '' : ','}${lines.join(',')}`
    first &&= lines.length === 0
  }
  yield ']}'
}
