// POST /materialize and /materialize-incremental: rows of datasets become part of online state, up to a time.
import { Type } from 'typebox'
import type { Actor } from '../../core/actor.ts'
import { SlipwayError } from '../../core/errors.ts'
import { parseTime, type Micros } from '../../core/time.ts'
import type { App } from '../server-state.ts'
import type { FeastParts } from './parts.ts'
import { noView } from './read-plan.ts'

const Common = {
  feature_views: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()], { description: 'Default: all' })),
  full_feature_names: Type.Optional(Type.Boolean()), version: Type.Optional(Type.Union([Type.String(), Type.Null()])),
}
const Time = Type.Optional(Type.Union([Type.String(), Type.Null()], { description: 'ISO 8601; without a zone it is UTC' }))
const Query = Type.Object({
  async: Type.Optional(Type.Boolean({ description: 'Answer 202 at once, and go on in the background' })),
  force: Type.Optional(Type.Boolean({ description: 'Also when one of the views is being materialized' })),
})

export function materializeRoutes(app: App, { platform, registered, log }: FeastParts): void {
  const { data, clock } = platform
  /** View → how many requests are at it. */
  const running = new Map<string, number>()
  const config = { access: { write: 'scientist' as const } }
  const tags = ['feast']

  const resolve = async (body: unknown): Promise<{ views: string[]; sources: string[] }> => {
    const definitions = await registered.current()
    const asked = viewsOf(body) ?? definitions.views.map(v => v.name)
    const found = asked.map(name => {
      const view = definitions.views.find(v => v.name === name)
      if (view === undefined) throw noView(definitions, name)
      return view
    })
    return { views: asked, sources: [...new Set(found.map(v => v.source))] }
  }

  const run = async (views: readonly string[], sources: readonly string[], upTo: Micros, actor: Actor): Promise<void> => {
    for (const view of views) running.set(view, (running.get(view) ?? 0) + 1)
    try {
      for (const source of sources) await data.materialize({ source, upTo, actor })
    } finally {
      for (const view of views) if (running.get(view) === 1) running.delete(view); else running.set(view, (running.get(view) ?? 1) - 1)
    }
  }

  const add = (path: string, schema: object, endOf: (body: unknown) => Micros | null): void => {
    app.post(path, { config, schema: { tags, querystring: Query, ...schema } }, async (request, reply) => {
      const { async: background = false, force = false } = request.query as { async?: boolean; force?: boolean }
      const { actor } = request.principal
      const { views, sources } = await resolve(request.body)
      // Rows of the future do not count before it comes; an end there is as good as now.
      const now = clock.now()
      const upTo = Math.min(endOf(request.body) ?? now, now)
      if (!background) {
        await run(views, sources, upTo, actor)
        return reply.header('content-type', 'application/json').send('null')
      }
      const busy = views.filter(v => running.has(v))
      if (busy.length > 0 && !force) {
        return reply.status(409).send({ error: `Cannot start async materialization: the following feature views are being materialized already: ${busy.join(', ')}. Use ?force=true to start another.`, feature_views: busy })
      }
      void run(views, sources, upTo, actor).catch((error: unknown) => { log.error('A materialization in the background failed.', { views, error }) })
      return reply.status(202).send({ status: 'accepted', feature_views: views })
    })
  }

  add('/materialize', {
    summary: 'Take rows of the views\' datasets into online state, up to end_ts',
    description: 'Rows before start_ts are part of the state as well: a window or a latest row may reach further back.',
    body: Type.Object({ start_ts: Time, end_ts: Time, disable_event_timestamp: Type.Optional(Type.Boolean({ description: 'All rows up to now' })), ...Common }),
  }, readEnd)
  add('/materialize-incremental', {
    summary: 'The same up to end_ts, from where the state stands',
    body: Type.Object({ end_ts: Type.String({ description: 'ISO 8601; without a zone it is UTC' }), ...Common }),
  }, body => readTime((body as { end_ts: unknown }).end_ts, 'end_ts'))
}

/** Null is now. @throws SlipwayError `invalid_request` */
function readEnd(body: unknown): Micros | null {
  const { start_ts: start, end_ts: end, disable_event_timestamp: all } = body as { start_ts?: unknown; end_ts?: unknown; disable_event_timestamp?: boolean }
  if (all === true) return null
  if (start === undefined || start === null || end === undefined || end === null) throw new SlipwayError('invalid_request', 'start_ts and end_ts are required when disable_event_timestamp is false.', { remedy: 'Send both as ISO 8601, or disable_event_timestamp: true for all rows up to now.' })
  const [from, to] = [readTime(start, 'start_ts'), readTime(end, 'end_ts')]
  if (from >= to) throw new SlipwayError('invalid_request', `start_ts (${String(start)}) must be before end_ts (${String(end)}).`, { remedy: 'Send the earlier time as start_ts.' })
  return to
}

function readTime(text: unknown, path: string): Micros {
  const time = typeof text === 'string' ? parseTime(text) : null
  if (time === null || !Number.isSafeInteger(time)) throw new SlipwayError('wrong_type', `${path} must be a time in ISO 8601, and is ${JSON.stringify(text)?.slice(0, 60)}.`, { remedy: 'Send ISO 8601, such as 2026-01-31T08:00:00Z.', faults: [{ path, message: 'must be a time' }] })
  return time
}

function viewsOf(body: unknown): string[] | null {
  const { feature_views: views, version } = body as { feature_views?: string[] | null; version?: string | null }
  if (version !== undefined && version !== null) throw new SlipwayError('invalid_request', 'Views have no versions to materialize: they are as they are registered now.', { remedy: 'Leave the version out.' })
  return views === undefined || views === null ? null : [...new Set(views)]
}
