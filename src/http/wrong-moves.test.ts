// What people do wrong over HTTP: each is refused with words that say what to do, and the ledger is as long as before.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ProjectDefinition } from '../core/definition.ts'
import { createToken } from '../metadata/index.ts'
import { openServedHome } from './fixtures/served-home.ts'
import { ENDPOINT, PROJECT } from './fixtures/small-home.ts'

const { home, server, close } = await openServedHome()
const tokens: Record<string, string> = {}

beforeAll(async () => {
  const { metadata, clock, intelligence } = home.platform
  const { actor } = await metadata.authenticate(home.token)
  tokens.root = home.token
  for (const name of ['ada', 'bob']) tokens[name] = (await createToken(metadata, actor, { name, role: 'admin', at: clock.now() })).token
  const project = structuredClone(PROJECT) as unknown as { models: { evaluation: { approval: object } }[] }
  project.models[0].evaluation.approval = { role: 'approver', fourEyes: true }
  await home.platform.applyProject({ project: project as unknown as ProjectDefinition, bundles: {}, projectDir: home.projectDir, actor })
  const ada = (await metadata.authenticate(tokens.ada)).actor
  // Version 2 passed its gate and waits; version 3 was never judged.
  const range = { model: 'lateness', from: Date.UTC(2026, 0, 1) * 1_000, actor: ada }
  await intelligence.train({ ...range, to: clock.now() })
  await intelligence.gate({ model: 'lateness', version: 2, actor: ada })
  await intelligence.train({ ...range, to: clock.now() })
})
afterAll(close)

const DEPLOYMENT = `/api/v1/deployments/${ENDPOINT}`
const APPROVALS = '/api/v1/models/lateness/approvals'
const waiver = (reason: string, until: string): object => ({ endpoint: ENDPOINT, version: 3, waiver: { reason, until } })

it.each<[string, string, string, object | undefined, number, RegExp]>([
  ['approving one\'s own candidate under four eyes', 'ada', APPROVALS, { version: 2 }, 403, /token:ada trained this candidate.*second person/],
  ['rejecting one\'s own candidate under four eyes', 'ada', APPROVALS, { version: 2, approved: false, reason: 'mine' }, 403, /second person/],
  ['asking a policy where a person must decide', 'bob', APPROVALS, { version: 2, policy: true }, 409, /asks a person/],
  ['approving what was never judged', 'bob', APPROVALS, { version: 3 }, 409, /has not been judged/],
  ['approving what is not there', 'bob', APPROVALS, { version: 9 }, 404, /no version 9/],
  ['rejecting without a reason', 'bob', APPROVALS, { version: 2, approved: false }, 400, /needs a reason/],
  ['rejecting with blanks for a reason', 'bob', APPROVALS, { version: 2, approved: false, reason: ' \n ' }, 400, /needs a reason/],
  ['rejecting what was approved', 'bob', APPROVALS, { version: 1, approved: false, reason: 'too late' }, 409, /was approved by policy:fixture/],
  ['a release without an approval', 'root', '/api/v1/releases', { endpoint: ENDPOINT, version: 2 }, 409, /waits for an approval/],
  ['a release without gate or waiver', 'root', '/api/v1/releases', { endpoint: ENDPOINT, version: 3 }, 409, /has no gate/],
  ['a waiver without a reason', 'root', '/api/v1/releases', waiver('  ', '2026-02-01T00:00:00Z'), 400, /waiver\.reason must say why/],
  ['a waiver that ended before it began', 'root', '/api/v1/releases', waiver('a look', '2025-02-01T00:00:00Z'), 400, /waiver\.until must/],
  ['deploying what is not there', 'root', `${DEPLOYMENT}/deploy`, { release: 7 }, 404, /no release 7/],
  ...['rollback', 'undo', 'promote', 'withdraw'].map((action): [string, string, string, undefined, number, RegExp] => [`${action} with nothing to take`, 'root', `${DEPLOYMENT}/${action}`, undefined, 409, /no earlier deployment|no challenger/]),
  ...[0, 1, -1, 1.5].map((share): [string, string, string, object, number, RegExp] => [`a challenger's share of ${share}`, 'root', `${DEPLOYMENT}/deploy`, { release: 1, role: 'challenger', share }, 400, /share must be greater than 0 and less than 1/]),
  ['looks at the monitors of no endpoint', 'root', '/api/v1/monitors/evaluate', { endpoint: 'late-ordr' }, 404, /no endpoint "late-ordr"/],
  ['a label for an unknown endpoint', 'root', '/api/v1/labels', { endpoint: 'late-ordr', entity: { order: 'o1' }, value: true }, 404, /no endpoint "late-ordr"/],
  ['a label for a prediction that there is not', 'root', '/api/v1/labels', { endpoint: ENDPOINT, prediction: 'pred_00000000000000', value: true }, 404, /is not a prediction id/],
  ['training on a range that ends before it begins', 'root', '/api/v1/models/lateness/train', { from: '2026-01-03', to: '2026-01-02' }, 400, /range is empty/],
])('%s changes nothing', async (_name, who, path, body, status, message) => {
  const { metadata } = home.platform
  const size = metadata.ledger.size
  const response = await fetch(server.url + path, { method: 'POST', headers: { authorization: `Bearer ${tokens[who]}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, body: body === undefined ? undefined : JSON.stringify(body) })
  const problem = await response.json() as { detail: string; remedy: string }
  expect([response.status, problem.detail]).toEqual([status, expect.stringMatching(message)])
  expect(problem.remedy.length).toBeGreaterThan(10)
  expect(metadata.ledger.size).toBe(size)
})

it.each(['monitors', 'alerts', 'incidents'])('%s of an endpoint that there is not are no empty list', async what => {
  expect((await fetch(`${server.url}/api/v1/${what}?endpoint=late-ordr`)).status).toBe(404)
  expect((await fetch(`${server.url}/api/v1/${what}?endpoint=${ENDPOINT}`)).status).toBe(200)
})
