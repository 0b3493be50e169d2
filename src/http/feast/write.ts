// POST /push and /write-to-online-store: events of a source, durable before the answer; a repeat of the same changes nothing.
import { Type } from 'typebox'
import type { SourceDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import { suggest } from '../../core/nearest-name.ts'
import type { PushedEvent } from '../../core/ports/features.ts'
import type { App } from '../server-state.ts'
import { feastError } from './errors.ts'
import { readFrame } from './event-frame.ts'
import type { FeastParts } from './parts.ts'
import { planWrite } from './write-plan.ts'

const PLACES = ['online', 'offline', 'online_and_offline']
const Frame = Type.Record(Type.String(), Type.Array(Type.Unknown()), { description: 'Column → one value a row. event_timestamp and created are the source\'s event time and known-at, whatever it calls them' })
const Cached = { allow_registry_cache: Type.Optional(Type.Boolean()), transform_on_write: Type.Optional(Type.Boolean()) }

export function writeRoutes(app: App, { platform, registered, metrics, trust }: FeastParts): void {
  const { data, journal } = platform
  const write = async (source: SourceDefinition, events: PushedEvent[]): Promise<void> => {
    if (events.length === 0) return
    const receipt = await data.push(source.name, events)
    await journal.waitDurable(receipt.last)
    metrics.pushed(source.name, events.length - receipt.duplicates)
  }
  const config = { access: { write: 'scientist' as const } }

  app.post('/push', {
    config, validatorCompiler: trust,
    schema: {
      tags: ['feast'], summary: 'Push rows of a source, as a data frame by columns', body: Type.Object({ push_source_name: Type.String(), df: Frame, to: Type.Optional(Type.String({ description: PLACES.join(', ') })), ...Cached }),
      description: 'Durable when answered. Rows go into the journal, from which online state and history are both made, whatever `to` says.',
    },
  }, async (request, reply) => {
    const { push_source_name: name, df, to = 'online' } = fieldsOf(request.body, 'push_source_name')
    if (!PLACES.includes(to as string)) throw new SlipwayError('invalid_request', `${JSON.stringify(to)} is not a supported push format.`, { remedy: `Send one of ${PLACES.join(', ')}.`, faults: [{ path: 'to', message: `must be one of ${PLACES.join(', ')}` }] })
    const { sources } = await registered.current()
    const source = sources.find(s => s.name === name)
    if (source === undefined) throw feastError('PushSourceNotFoundException', 'invalid_request', `Unable to find push source '${name}'.${suggest(name, sources.map(s => s.name))}`, 'A push source is a Slipway source; GET /api/v1/sources lists them.')
    await write(source, readFrame(df, source, null))
    return reply.send()
  })

  app.post('/write-to-online-store', {
    config, validatorCompiler: trust,
    schema: {
      tags: ['feast'], summary: 'Write rows of a latest view, or of a source, as Feast\'s remote client sends them', body: Type.Object({ feature_view_name: Type.String(), df: Frame, ...Cached }),
      description: 'Durable when answered. A row is an event of the source under the view: it needs all that tells rows apart, and what other views of that source read.',
    },
  }, async (request, reply) => {
    const { feature_view_name: name, df } = fieldsOf(request.body, 'feature_view_name')
    const { source, names, required } = planWrite(await registered.current(), name)
    const missing = typeof df === 'object' && df !== null && Object.keys(df).length > 0 ? required.filter(c => !Object.hasOwn(df, c)) : []
    if (missing.length > 0) throw new SlipwayError('invalid_request', `df lacks ${missing.join(', ')}: a row of feature view ${name} is written whole.`, { remedy: 'Send null for what is not known.', faults: missing.map(c => ({ path: `df.${c}`, message: 'is missing' })) })
    await write(source, readFrame(df, source, names))
    return reply.header('content-type', 'application/json').send('null')
  })
}

/** @throws SlipwayError `invalid_request` */
function fieldsOf<N extends string>(body: unknown, name: N): Record<N, string> & { df: unknown; to?: unknown } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new SlipwayError('invalid_request', `The body must be an object with ${name} and df.`)
  const given = (body as Record<string, unknown>)[name]
  if (typeof given !== 'string') throw new SlipwayError('invalid_request', `${name} is missing, or is no text.`, { faults: [{ path: name, message: 'must be text' }] })
  return body as Record<N, string> & { df: unknown; to?: unknown }
}
