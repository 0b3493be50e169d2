// Whatever is sent, the answer is a 4xx that says what to do: against a real home.
import { connect as connectSocket } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { openServedHome } from './fixtures/served-home.ts'
import { ENDPOINT, GOOD_BODY } from './fixtures/small-home.ts'

const { home, server, logged, close } = await openServedHome({ config: { server: { requestTimeout: 1 } } })
afterAll(close)

const PREDICT = `/api/v1/endpoints/${ENDPOINT}/predict`
interface Reply { status: number; headers: Headers; body: Record<string, unknown>; text: string }
async function send(path: string, options: { method?: string; body?: unknown; raw?: string | Uint8Array<ArrayBuffer>; headers?: Record<string, string> } = {}): Promise<Reply> {
  const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
  const response = await fetch(server.url + path, { method: options.method ?? (body === undefined ? 'GET' : 'POST'), headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers }, body })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: text.startsWith('{') ? JSON.parse(text) as Record<string, unknown> : {} }
}
function expectProblem(reply: Reply, status: number, code: string, mentions?: string): void {
  expect([reply.status, reply.body.code], reply.text).toEqual([status, code])
  expect(reply.headers.get('content-type')).toBe('application/problem+json')
  for (const field of ['type', 'title', 'detail', 'remedy']) expect(String(reply.body[field]).length, field).toBeGreaterThan(5)
  if (mentions !== undefined) expect(reply.text).toContain(mentions)
  expect(reply.text).not.toMatch(/\bat .*\.(ts|js):\d+|node_modules|SELECT|sqlite/i)
}
const without = <T extends object>(o: T, name: keyof T): Partial<T> => { const { [name]: _gone, ...rest } = o; return rest as Partial<T> }
const request = (more: Record<string, unknown>): unknown => ({ ...GOOD_BODY, request: { ...GOOD_BODY.request, ...more } })

it('predicts when nothing is wrong', async () => {
  const { status, body } = await send(PREDICT, { body: GOOD_BODY })
  expect(status).toBe(200)
  expect(body).toMatchObject({ release: `${ENDPOINT}@000001`, id: expect.stringMatching(/^pred_/) as string })
})

it('tells once what a union takes', async () => {
  const headers = { authorization: `Bearer ${home.token}` }
  expectProblem(await send(`/api/v1/deployments/${ENDPOINT}/deploy`, { headers, body: { release: 1, role: 'king' } }), 400, 'invalid_request', 'role must be \\"champion\\" or \\"challenger\\".')
  expectProblem(await send('/api/v1/monitors/evaluate', { headers, body: { at: true } }), 400, 'wrong_type', 'at must be string or integer.')
})

describe('bad predictions', () => {
  it.each<[string, unknown, number, string, string]>([
    ['no entity', { request: GOOD_BODY.request }, 400, 'missing_entity', 'shop'],
    ['an empty entity list', { ...GOOD_BODY, entities: {} }, 400, 'missing_entity', 'entities.shop'],
    ['no request', { entities: GOOD_BODY.entities }, 400, 'missing_request_field', 'request.items'],
    ['a missing request feature', { ...GOOD_BODY, request: without(GOOD_BODY.request, 'express') }, 400, 'missing_request_field', 'express'],
    ['a wrong type', request({ items: 'three' }), 400, 'wrong_type', 'request.items'],
    ['a fraction for a whole number', request({ items: 2.5 }), 400, 'wrong_type', 'whole number'],
    ['an integer beyond 64 bits', request({ items: 1e19 }), 400, 'wrong_type', 'items'],
    ['an object for text', request({ country: { code: 'DE' } }), 400, 'wrong_type', 'country'],
    ['an array for entities', { ...GOOD_BODY, entities: ['north'] }, 400, 'wrong_type', 'entities'],
    ['an unknown feature', request({ wieght: 2 }), 400, 'unknown_feature', 'weight'],
    ['an unknown entity', { ...GOOD_BODY, entities: { shop: 'north', store: 'x' } }, 400, 'unknown_feature', 'store'],
    ['an unknown field', { ...GOOD_BODY, entitys: {} }, 400, 'unknown_feature', 'entitys'],
    ['a time that is none', { ...GOOD_BODY, eventTime: 'soon' }, 400, 'wrong_type', 'eventTime'],
    ['a time before history', { ...GOOD_BODY, eventTime: '1970-01-01T00:00:00Z' }, 422, 'event_time_out_of_range', ''],
    ['rows that are none', { rows: 'all' }, 400, 'wrong_type', 'rows'],
    ['no rows', { rows: [] }, 400, 'invalid_request', 'rows'],
    ['a row that is none', { rows: [GOOD_BODY, 5] }, 400, 'invalid_request', 'rows[1]'],
    ['a faulty row among good ones', { rows: [GOOD_BODY, request({ items: null })] }, 400, 'wrong_type', 'rows[1]'],
    ['rows and a row', { rows: [GOOD_BODY], ...GOOD_BODY }, 400, 'unknown_feature', 'rows'],
    ['an idempotency key of the wrong type', { ...GOOD_BODY, idempotencyKey: 5 }, 400, 'wrong_type', 'idempotencyKey'],
    ['an array', [], 400, 'wrong_type', 'body'],
    ['null', null, 400, 'wrong_type', 'body'],
  ])('%s', async (_, body, status, code, mentions) => { expectProblem(await send(PREDICT, { body }), status, code, mentions) })

  it.each<[string, string]>([
    ['no JSON', 'origin=JFK'], ['half an object', '{"entities": {'], ['a NaN token', '{"entities":{"shop":"north"},"request":{"items":NaN}}'],
    ['a lone surrogate', '{"entities":{"shop":"\\ud800"},"request":{}}'], ['nesting of 2,000', `{"entities":${'['.repeat(2_000)}${']'.repeat(2_000)}}`],
    ['a key twice', '{"entities":{"shop":"north","shop":"south"},"request":{}}'], ['__proto__', '{"entities":{"__proto__":{"shop":"x"}}}'], ['a number beyond doubles', '{"request":{"items":1e999}}'], ['nothing', ''],
  ])('%s', async (_, raw) => { expectProblem(await send(PREDICT, { raw }), 400, 'invalid_json') })

  it('bytes that are not UTF-8', async () => { expectProblem(await send(PREDICT, { raw: new Uint8Array([0x7b, 0xff, 0x7d]) }), 400, 'invalid_json', 'UTF-8') })

  it('a body of 10 MB, at its headers', async () => {
    expectProblem(await send(PREDICT, { raw: `{"x":"${'a'.repeat(10_000_000)}"}` }).catch(() => sendRaw(`POST ${PREDICT} HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n`)), 413, 'body_too_large', '10000')
    expectProblem(await sendRaw(`POST ${PREDICT} HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\nContent-Length: 68719476736\r\n\r\n`), 413, 'body_too_large', '8388608')
  })

  it('a chunked body that grows too large', async () => {
    // It gives way, or it would starve the server of this same process.
    const endless = new ReadableStream({ async pull(c) { await new Promise(setImmediate); c.enqueue(new Uint8Array(1 << 20).fill(0x20)) } })
    const reply = await fetch(server.url + PREDICT, { method: 'POST', headers: { 'content-type': 'application/json' }, body: endless, duplex: 'half' } as RequestInit).catch(() => null)
    if (reply !== null) expect(reply.status).toBe(413)
  })

  it('an unknown endpoint, and one of a name too long', async () => {
    expectProblem(await send('/api/v1/endpoints/late-oder/predict', { body: GOOD_BODY }), 404, 'unknown_endpoint', 'late-oder')
    expectProblem(await send(`/api/v1/endpoints/${'x'.repeat(250)}/predict`, { body: GOOD_BODY }), 400, 'invalid_request')
    expectProblem(await send(`/api/v1/endpoints/${'x'.repeat(2_000)}/predict`, { body: GOOD_BODY }), 404, 'not_found')
  })

  it('a wrong method, with those that would do', async () => {
    const reply = await send(PREDICT)
    expectProblem(reply, 405, 'method_not_allowed', 'POST')
    expect(reply.headers.get('allow')).toBe('POST')
    expectProblem(await send('/health/ready', { method: 'DELETE' }), 405, 'method_not_allowed', 'GET')
  })

  it('an unknown route, and an address that is none', async () => {
    expectProblem(await send('/api/v2/nothing'), 404, 'not_found', '/docs')
    expectProblem(await send('/api/v1/endpoints/%ZZ'), 400, 'invalid_request')
    expectProblem(await sendRaw('GET /../../etc/passwd HTTP/1.1\r\nHost: HOST\r\n\r\n'), 404, 'not_found')
  })

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'application/xml', 'multipart/form-data; boundary=x'])('the content type %s', async type => {
    expectProblem(await send(PREDICT, { raw: '{}', headers: { 'content-type': type } }), 415, 'unsupported_media_type', 'application/json')
  })

  it('the same idempotency key with another body', async () => {
    const headers = { 'idempotency-key': 'k-1' }
    const first = await send(PREDICT, { body: GOOD_BODY, headers })
    expect((await send(PREDICT, { body: GOOD_BODY, headers })).body.id).toBe(first.body.id)
    expectProblem(await send(PREDICT, { body: request({ items: 4 }), headers }), 409, 'idempotency_conflict')
  })

  it('ids that are none', async () => {
    for (const id of ['pred_x', 'x', 'pred_zzzzzzzzzzzzzz', '%00', 'a'.repeat(100)]) expectProblem(await send(`/api/v1/predictions/${id}`), 404, 'unknown_prediction')
    expectProblem(await send(`/api/v1/predictions?limit=0`), 400, 'invalid_request', 'limit')
    expectProblem(await send(`/api/v1/predictions?limit=many`), 400, 'wrong_type', 'limit')
    expectProblem(await send(`/api/v1/predictions?lmit=3`), 400, 'unknown_feature', 'lmit')
    expectProblem(await send('/api/v1/ledger/999999'), 404, 'not_found')
    expectProblem(await send('/api/v1/ledger/x'), 400, 'wrong_type')
  })

  it('never logged an error of ours', () => { expect(logged).toEqual([]) })
})

describe('bad HTTP', () => {
  it.each<[string, string]>([
    ['two lengths', `POST ${PREDICT} HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ['a length and chunks', `POST ${PREDICT} HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
    ['a bad chunk', `POST ${PREDICT} HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`],
    ['no protocol', 'hello\r\n\r\n'],
    ['headers of 100 KB', `GET /health HTTP/1.1\r\nHost: HOST\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`],
  ])('%s', async (_, text) => { expectProblem(await sendRaw(text), 400, 'invalid_request') })

  it('no Host', async () => { expect((await sendRaw('GET /health HTTP/1.1\r\n\r\n')).status).toBe(400) })

  it('a header or a body that comes too slowly', async () => {
    const [header, body] = await Promise.all([sendRaw('GET /health HTTP/1.1\r\nHost: HOST\r\nX: slow'), sendRaw(`POST ${PREDICT} HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`)])
    expectProblem(header, 408, 'request_timeout')
    expectProblem(body, 408, 'request_timeout')
  })
})

/** Writes bytes as they are and reads until the server closes, or has answered. */
function sendRaw(text: string): Promise<Reply> {
  const { hostname, port, host } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const socket = connectSocket(Number(port), hostname, () => { socket.write(text.replace('HOST', host)) })
    let all = ''
    const done = (): void => {
      socket.destroy()
      const [head, body = ''] = all.split('\r\n\r\n')
      const lines = head.split('\r\n')
      resolve({ status: Number(lines[0].split(' ')[1]), headers: new Headers(lines.slice(1).map(l => l.split(/: (.*)/s, 2) as [string, string])), text: body, body: body.startsWith('{') ? JSON.parse(body) as Record<string, unknown> : {} })
    }
    socket.on('data', chunk => {
      all += chunk.toString()
      const length = /content-length: (\d+)/i.exec(all)?.[1]
      if (length !== undefined && all.includes('\r\n\r\n') && Buffer.byteLength(all.slice(all.indexOf('\r\n\r\n') + 4)) >= Number(length)) done()
    })
    socket.on('close', () => { if (all !== '') done(); else reject(new Error('closed without an answer')) })
    socket.on('error', error => { if (all === '') reject(error) })
  })
}
