import type { Readable } from 'node:stream'
import { formatActor } from '../../core/actor.ts'
import { SlipwayError } from '../../core/errors.ts'
import { coerceValue } from '../../core/schema.ts'
import type { StreamItem, StreamResult } from '../../production/index.ts'
import type { App } from '../server-state.ts'
import { ndjsonReply, readLines } from '../ndjson.ts'
import type { NativeParts } from './parts.ts'
import { presentAnswer } from './predict.ts'

/** Pushes, predictions and labels in one order. */
export function streamRoute(app: App, { platform, metrics, log }: NativeParts): void {
  const { promise: stopping, resolve: stop } = Promise.withResolvers<void>()
  app.addHook('preClose', async () => { stop() })

  app.post('/api/v1/stream', {
    config: { access: { write: 'scientist' }, streams: true },
    schema: {
      tags: ['endpoints'], summary: 'One ordered stream of pushes, predictions and labels: NDJSON in, acknowledgements out',
      consumes: ['application/x-ndjson'],
      description: 'Each line is {"push": source, "events": […]}, {"predict": endpoint, "entities": …, "request": …} or {"label": {…}}. Items are done strictly in order; each acknowledgement {"upTo", "sequence", "results"} is durable. An item that fails is reported under its index and the stream goes on; a line that is no JSON ends it. The last line is {"summary"}.',
    },
  }, (request, reply) => {
    const { body } = request
    if (body === undefined || body === null || typeof (body as Readable)[Symbol.asyncIterator] !== 'function') throw new SlipwayError('unsupported_media_type', 'A stream is NDJSON.', { remedy: 'Send it as application/x-ndjson.' })
    // A body that was not read to its end cannot be followed by another request.
    reply.header('connection', 'close')
    return ndjsonReply(reply, log, async write => {
      const lines = readLines(body as Readable, { lineLimit: platform.config.server.bodyLimit, until: stopping })
      const summary = await platform.production.processStream(items(lines), {
        caller: formatActor(request.principal.actor),
        onAck: ({ upTo, sequence, results }) => {
          for (const r of results) count(r)
          return write({ upTo, sequence, results: results.map(present) })
        },
      })
      await write({ summary })
    })
  })

  function count(result: StreamResult): void {
    if (result.kind === 'predict') metrics.predicted(result.prediction.release.slice(0, -7), [result.prediction], null)
  }
}

function present(result: StreamResult): unknown {
  return result.kind === 'predict' ? { ...result, prediction: presentAnswer(result.prediction) } : result
}

/** Text times of pushed events become microseconds; all else is checked where it is used. */
async function* items(lines: AsyncIterable<unknown>): AsyncGenerator<StreamItem> {
  for await (const line of lines) {
    const events = (line as { events?: unknown } | null)?.events
    if (Array.isArray(events)) for (const e of events as { knownAt?: unknown }[]) if (typeof e?.knownAt === 'string') e.knownAt = coerceValue(e.knownAt, 'timestamp', 'knownAt')
    yield line as StreamItem
  }
}
