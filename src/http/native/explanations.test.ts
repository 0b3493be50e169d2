import { afterAll, beforeAll, expect, it } from 'vitest'
import { openServedHome } from '../fixtures/served-home.ts'
import { ENDPOINT, GOOD_BODY } from '../fixtures/small-home.ts'

const { home, server, logged, close } = await openServedHome()
let id: string

beforeAll(async () => {
  id = String((await send(`/api/v1/endpoints/${ENDPOINT}/predict?features=true`, GOOD_BODY)).body.id)
})
afterAll(close)

const WHAT_IF = `/api/v1/endpoints/${ENDPOINT}/what-if`
async function send(path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const reply = await fetch(server.url + path, body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return { status: reply.status, body: await reply.json() as Record<string, unknown> }
}
interface Explained { base: number; raw: number; output: number; contributions: { feature: string; value: unknown; contribution: number }[] }

it('explains a prediction', async () => {
  const stored = (await send(`/api/v1/predictions/${id}`)).body as { output: number; features: Record<string, unknown> }
  const { status, body } = await send(`/api/v1/predictions/${id}/explanation`)
  expect(status).toBe(200)
  expect(body).toMatchObject({ id, endpoint: ENDPOINT, release: `${ENDPOINT}@000001`, link: 'logit', additive: true, method: 'linear', output: stored.output, threshold: 0.5 })
  const { base, raw, contributions } = body as unknown as Explained
  expect(Object.fromEntries(contributions.map(c => [c.feature, c.value]))).toEqual(stored.features)
  expect(contributions.reduce((sum, c) => sum + c.contribution, base)).toBeCloseTo(raw, 11)
})

it('says what would be', async () => {
  const position = home.platform.journal.position
  const same = await send(WHAT_IF, { prediction: id })
  expect(same).toMatchObject({ status: 200, body: { release: `${ENDPOINT}@000001`, changed: [], before: { prediction: id, output: same.body.output } } })
  const other = await send(WHAT_IF, { prediction: id, features: { items: 7, express: null }, release: 1, explain: true })
  expect(other).toMatchObject({ status: 200, body: { changed: [{ feature: 'items', from: 3, to: 7 }, { feature: 'express', from: true, to: null }], explanation: { link: 'logit', output: other.body.output } } })
  expect((await send(WHAT_IF, {})).body).toMatchObject({ before: null, features: { items: null } })
  const many = await send(WHAT_IF, { vectors: [(other.body.features as object), {}] })
  expect(many).toMatchObject({ status: 200, body: { release: `${ENDPOINT}@000001`, outputs: [other.body.output, expect.any(Number) as number] } })
  expect(home.platform.journal.position).toBe(position)
})

it.each<[string, unknown, number, string, string]>([
  ['an unknown feature', { features: { wieght: 1 } }, 400, 'unknown_feature', 'Did you mean "weight"?'],
  ['a wrong type', { features: { items: 'three' } }, 400, 'wrong_type', 'features.items'],
  ['features that are none', { features: [1] }, 400, 'wrong_type', 'features'],
  ['an unknown field', { feature: { items: 1 } }, 400, 'unknown_feature', 'feature'],
  ['a prediction that is none', { prediction: 'pred_x' }, 404, 'unknown_prediction', 'pred_x'],
  ['a prediction of the wrong type', { prediction: 5 }, 400, 'wrong_type', 'prediction'],
  ['a release that is not there', { release: 99 }, 404, 'not_found', '99'],
  ['a release of another endpoint', { release: 'other@000001' }, 404, 'not_found', 'other@000001'],
  ['no vectors', { vectors: [] }, 400, 'invalid_request', 'vectors'],
  ['a vector that is none', { vectors: [{}, 5] }, 400, 'wrong_type', 'vectors'],
  ['a faulty vector', { vectors: [{}, { country: 5 }] }, 400, 'wrong_type', 'vectors[1].country'],
  ['vectors beside features', { vectors: [{}], features: {} }, 400, 'invalid_request', 'features'],
  ['an array', [], 400, 'wrong_type', 'body'],
])('%s is refused', async (_, sent, status, code, mentions) => {
  const { status: got, body } = await send(WHAT_IF, sent)
  expect([got, body.code], JSON.stringify(body)).toEqual([status, code])
  expect(JSON.stringify(body).replaceAll('\\"', '"')).toContain(mentions)
})

it('unknown names are refused', async () => {
  expect(await send('/api/v1/endpoints/late-oder/what-if', {})).toMatchObject({ status: 404, body: { code: 'unknown_endpoint' } })
  expect(await send('/api/v1/endpoints/late-oder/what-if', { release: 1 })).toMatchObject({ status: 404, body: { code: 'unknown_endpoint' } })
  for (const bad of ['pred_x', 'x', '%00', 'a'.repeat(100)]) expect(await send(`/api/v1/predictions/${bad}/explanation`)).toMatchObject({ status: 404, body: { code: 'unknown_prediction' } })
  expect(logged).toEqual([])
})
