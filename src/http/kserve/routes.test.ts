import { afterAll, expect, it } from 'vitest'
import { openServedHome } from '../fixtures/served-home.ts'
import { ENDPOINT, GOOD_BODY } from '../fixtures/small-home.ts'

const { home, server, close } = await openServedHome()
afterAll(close)

const ROW = { shop: 'north', ...GOOD_BODY.request }
interface Body { error: string; predictions: number[]; prediction_ids: string[]; decisions: boolean[]; explanations: { prediction_id: string; raw: number; base: number; output: number; contributions: Record<string, number> }[] }
async function send(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: Body; type: string | null }> {
  const reply = await fetch(server.url + path, body === undefined ? {} : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers })
  const text = await reply.text()
  return { status: reply.status, type: reply.headers.get('content-type'), body: JSON.parse(text) as Body }
}
const predict = `/v1/models/${ENDPOINT}:predict`

it('lists models and says whether they answer', async () => {
  expect((await send('/v1/models')).body).toEqual({ models: [ENDPOINT] })
  expect((await send(`/v1/models/${ENDPOINT}`)).body).toEqual({ name: ENDPOINT, ready: true })
})

it('predicts rows by name, also as a CloudEvent, and each is found by its id', async () => {
  const { status, body } = await send(predict, { instances: [ROW, { ...ROW, weight: null, country: 'FR' }] }, { 'ce-specversion': '1.0', 'ce-id': '5', 'ce-source': '/x', 'ce-type': 'y' })
  expect([status, body.predictions.length, body.decisions.length]).toEqual([200, 2, 2])
  expect(await home.platform.production.getPrediction(body.prediction_ids[1])).toMatchObject({ output: body.predictions[1], request: { country: 'FR', weight: null } })
  expect((await send(predict, `{"instances":[${JSON.stringify({ ...ROW, weight: 'W' }).replace('"W"', 'NaN')}]}`)).status).toBe(200)
  expect((await send(predict, { inputs: { shop: ['north'], items: [3], express: [true], country: ['DE'], weight: [2.4] } })).body.predictions).toEqual((await send(predict, { instances: [ROW] })).body.predictions)
})

it('a repeat with the same key gets the same predictions', async () => {
  const key = { 'idempotency-key': 'v1-a' }
  const first = await send(predict, { instances: [ROW, ROW] }, key)
  expect((await send(predict, { instances: [ROW, ROW] }, key)).body.prediction_ids).toEqual(first.body.prediction_ids)
})

it('explains what each input contributed', async () => {
  const { body: { explanations, predictions } } = await send(`/v1/models/${ENDPOINT}:explain`, { instances: [ROW, ROW] })
  expect(explanations.map(e => e.output)).toEqual(predictions)
  for (const { base, raw, contributions } of explanations) expect(base + Object.values(contributions).reduce((a, b) => a + b, 0)).toBeCloseTo(raw, 10)
  expect(Object.keys(explanations[0].contributions)).toContain('items')
})

it.each<[string, unknown, RegExp]>([
  ['no JSON', '{"instances":', /JSON/], ['nothing', '', /empty/], ['a list', [ROW], /object/], ['instances that are no list', { instances: ROW }, /list/], ['no instances', {}, /instances/], ['no rows', { instances: [] }, /at least one row/], ['a list where names are needed', { instances: [[1, 2]] }, /by entities/],
  ['a list among objects', { instances: [ROW, [1]] }, /instances\[1\]/], ['an object in a cell', { instances: [{ ...ROW, items: {} }] }, /instances\[0\]\.items must be a value/], ['an unknown name', { instances: [{ ...ROW, itms: 3 }] }, /itms.*items/], ['a missing name', { instances: [{ shop: 'north' }] }, /items/], ['text for a number', { instances: [{ ...ROW, items: 'three' }] }, /items must be a whole number/],
])('%s is a 400 with {"error"}', async (_, body, message) => {
  const reply = await send(predict, body)
  expect([reply.status, Object.keys(reply.body), reply.type], JSON.stringify(reply.body)).toEqual([400, ['error'], 'application/json'])
  expect(reply.body.error).toMatch(message)
})

it('what is not there is a 404 with {"error"}', async () => {
  for (const [path, body] of [['/v1/models/none', undefined], ['/v1/models/none:predict', { instances: [ROW] }], [`/v1/models/${ENDPOINT}:guess`, { instances: [ROW] }], ['/v1/nothing', undefined]] as const) {
    const reply = await send(path, body)
    expect([reply.status, Object.keys(reply.body)], `${path} ${JSON.stringify(reply.body)}`).toEqual([404, ['error']])
  }
})
