import { afterAll, expect, it } from 'vitest'
import { formatTime } from '../../core/time.ts'
import { openServedHome } from '../fixtures/served-home.ts'
import { ENDPOINT, GOOD_BODY } from '../fixtures/small-home.ts'

const { home, server, close } = await openServedHome()
afterAll(close)

type Body = Record<string, unknown>
async function call(path: string, body?: unknown, token: string | null = home.token): Promise<{ status: number; body: Body }> {
  const headers = { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(token === null ? {} : { authorization: `Bearer ${token}` }) }
  const response = await fetch(server.url + path, { method: body === undefined ? 'GET' : 'POST', headers, body: body === undefined ? undefined : JSON.stringify(body) })
  return { status: response.status, body: await response.json() as Body }
}
const predict = async (): Promise<Body> => (await call(`/api/v1/endpoints/${ENDPOINT}/predict`, { ...GOOD_BODY, eventTime: formatTime(time) })).body
const push = (id: string, amount: number) => call('/api/v1/push/sales', { values: { order_id: id, ordered_at: formatTime(time), shop: 'north', amount } })
let time: number

it('undoes a push: the same question gets the same answer again, and the undo can be undone', async () => {
  time = home.platform.clock.now()
  home.platform.clock.freeze(time)
  await push('good', 12)
  const before = await predict()
  const at = home.platform.journal.position
  await push('bad', 99_999)
  const wrong = await predict()
  expect(wrong.output).not.toBe(before.output)

  expect(await call('/api/v1/data/undo', { to: at, reason: 'x' }, null)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
  expect(await call('/api/v1/data/undo', { to: at, reason: 'x' }, home.viewerToken)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  expect(await call('/api/v1/data/undo', { to: at })).toMatchObject({ status: 400, body: { code: 'invalid_request', detail: expect.stringContaining('reason') as unknown } })

  const shown = await call('/api/v1/data/undo?dryRun=true', { to: at })
  expect(shown).toMatchObject({
    status: 200,
    body: { dryRun: true, changed: true, to: at, ledger: null, rows: [{ source: 'sales', rows: 1, firstEventTime: formatTime(time) }], heads: [], predictions: 1, readers: { services: ['order'], models: ['lateness'], endpoints: [{ name: ENDPOINT, model: 'lateness', predictions: 1 }] } },
  })
  expect((await predict()).output).toBe(wrong.output)

  const { body: done } = await call('/api/v1/data/undo', { to: at, reason: 'a price in cents' })
  expect(done).toMatchObject({ changed: true, predictions: 2 })
  expect((await predict()).output).toBe(before.output)
  expect((await call(`/api/v1/ledger/${Number(done.ledger)}`)).body).toMatchObject({ action: 'data.undone', details: { reason: 'a price in cents', backTo: at, position: done.position, undone: { rows: { sales: 1 } }, predictions: 2, endpoints: [ENDPOINT] } })
  expect((await call('/api/v1/data/undo', { to: at, reason: 'again' })).body).toMatchObject({ changed: false, ledger: null })

  await call('/api/v1/data/undo', { to: Number(done.position) - 1, reason: 'it was right' })
  expect((await predict()).output).toBe(wrong.output)
  expect((await call('/api/v1/features/check', { endpoint: ENDPOINT })).body).toMatchObject({ different: 0, predictions: 5 })
})

it('lists what there is to undo', async () => {
  const { body } = await call('/api/v1/data/log')
  const items = body.items as Body[]
  expect(items.map(i => i.kind)).toEqual(['undo', 'undo', 'push', 'materialization', 'derived', 'derived', 'import'])
  expect(items[1]).toMatchObject({ reason: 'a price in cents', actor: expect.stringMatching(/^user:/) as unknown, ledger: expect.any(Number) as unknown })
  expect(items.find(i => i.kind === 'import')).toMatchObject({ dataset: 'orders', rows: 900, head: true, position: 1 })
  expect(items.find(i => i.kind === 'materialization')).toMatchObject({ source: 'sales', counts: true, actor: expect.stringMatching(/^user:/) as unknown })
  expect((await call('/api/v1/data/log?limit=2')).body).toMatchObject({ more: true, items: [{ kind: 'undo' }, { kind: 'undo' }] })
  expect((await call('/api/v1/data/log?from=2&to=4')).body.items).toMatchObject([{ position: 4 }, { position: 3 }, { position: 2 }])
  expect((await call('/api/v1/data/log?source=sales')).body.items).toHaveLength(5)
  expect((await call('/api/v1/data/log?source=nothing')).body.items).toHaveLength(2)
})

it.each<[string, unknown, number, string, RegExp]>([
  ['no place', { reason: 'x' }, 400, 'invalid_request', /one place/],
  ['two places', { to: 1, push: 1, reason: 'x' }, 400, 'invalid_request', /one place/],
  ['0', { to: 0, reason: 'x' }, 400, 'invalid_request', /from 1 to \d+/],
  ['a negative position', { to: -1, reason: 'x' }, 400, 'invalid_request', /from 1 to \d+/],
  ['a position to come', { to: 10 ** 9, reason: 'x' }, 400, 'invalid_request', /from 1 to \d+/],
  ['a position beyond doubles', { to: 2 ** 60, reason: 'x' }, 400, 'wrong_type', /to/],
  ['no number', { to: 'all', reason: 'x' }, 400, 'wrong_type', /to/],
  ['a fraction', { to: 1.5, reason: 'x' }, 400, 'wrong_type', /to/],
  ['no time', { before: 'noon', reason: 'x' }, 400, 'wrong_type', /before/],
  ['an unknown source', { to: 1, source: 'sale', reason: 'x' }, 404, 'not_found', /"sales"/],
  ['an unknown dataset', { to: 1, datasets: ['order'], reason: 'x' }, 404, 'not_found', /"orders"/],
  ['an unknown field', { to: 1, sources: ['x'], reason: 'x' }, 400, 'unknown_feature', /sources/],
  ['a prediction', { push: 6, reason: 'x' }, 400, 'invalid_request', /a prediction/],
])('refuses %s', async (_, body, status, code, text) => {
  const { position } = home.platform.journal
  const reply = await call('/api/v1/data/undo', body)
  expect([reply.status, reply.body.code, reply.body.detail]).toEqual([status, code, expect.stringMatching(text)])
  expect(home.platform.journal.position).toBe(position)
})

it.each(['limit=0', 'from=0', 'pause=soon', 'pause=-5m', 'kind=push'])('refuses a log with %s', async query => {
  expect((await call(`/api/v1/data/log?${query}`)).status).toBe(400)
})
