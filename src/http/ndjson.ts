// Lines of JSON, in and out, each side no faster than the other reads.
import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { SlipwayError, toProblem } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { parseJson, stringifyJson } from './json.ts'
import { toSlipwayError } from './problems.ts'

/** Writes one line; resolves when the reader keeps up. */
export type WriteLine = (value: unknown) => Promise<void>

/** Replies with the lines that `work` writes. A failure becomes a last line `{"error": problem}`, as the status is long sent. */
export function ndjsonReply(reply: FastifyReply, log: Log, work: (write: WriteLine) => Promise<void>): FastifyReply {
  const out = new PassThrough()
  const write: WriteLine = async value => {
    if (out.destroyed) throw new SlipwayError('stopping', 'The client has gone.')
    if (!out.write(`${stringifyJson(value)}\n`)) await Promise.race([once(out, 'drain'), once(out, 'close')])
  }
  void work(write).catch(error => {
    const known = toSlipwayError(error)
    if (known.code === 'internal') log.error('A stream failed.', { request: reply.request.id, error })
    if (!out.destroyed) out.write(`${stringifyJson({ error: toProblem(known) })}\n`)
  }).finally(() => { out.end() })
  return reply.type('application/x-ndjson; charset=utf-8').header('cache-control', 'no-store').send(out)
}

/**
 * The values of NDJSON as they come. `until` ends the input early, without an error.
 * @throws SlipwayError `invalid_json` naming the line, `body_too_large` for a line over `lineLimit` bytes.
 */
export async function* readLines(input: Readable, options: { lineLimit: number; until: Promise<void> }): AsyncGenerator<unknown> {
  const { lineLimit } = options
  const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const ended = options.until.then(() => ({ done: true as const, value: undefined }))
  let rest: Buffer[] = []
  let waiting = 0
  let number = 0
  const parse = (line: Buffer): unknown => parseJson(line.at(-1) === 0x0d ? line.subarray(0, -1) : line, `Line ${number}`)
  for (;;) {
    const { done, value: chunk } = await Promise.race([chunks.next(), ended])
    if (done === true) break
    let start = 0
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      const line = rest.length === 0 ? chunk.subarray(start, end) : Buffer.concat([...rest, chunk.subarray(start, end)])
      rest = []
      waiting = 0
      start = end + 1
      number++
      if (line.length > 0 && !(line.length === 1 && line[0] === 0x0d)) yield parse(line)
    }
    if (start < chunk.length) {
      rest.push(chunk.subarray(start))
      waiting += chunk.length - start
      if (waiting > lineLimit) throw new SlipwayError('body_too_large', `Line ${number + 1} is longer than ${lineLimit} bytes.`)
    }
  }
  number++
  if (waiting > 0) yield parse(Buffer.concat(rest))
}
