import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Row } from '../../core/schema.ts'
import { ACTOR, openFeatureHome, type FeatureHome } from '../fixtures/feature-home.ts'
import { assertPurpose, forbids, readPurpose } from './purpose.ts'

const START = 1_364_774_400_000_000
const COLUMNS = [{ name: 'id', type: 'string' as const }, { name: 'at', type: 'timestamp' as const }, { name: 'y', type: 'float64' as const }]
const EXAMPLES = { dataset: 'people', time: { column: 'at' }, entities: {}, request: { y: 'y' }, label: { name: 'y', column: 'y', above: 0 } }

let home: FeatureHome
beforeAll(async () => {
  home = await openFeatureHome(START)
  await home.metadata.apply(ACTOR, 'test', [
    { kind: 'dataset', id: 'people', body: { name: 'people', files: ['people.parquet'], forbidPurposes: ['marketing', 'credit scoring'] } },
    { kind: 'dataset', id: 'open', body: { name: 'open', files: ['open.parquet'] } },
    { kind: 'service', id: 's', body: { name: 's', entities: [], request: [{ name: 'y', type: 'float64' }], features: [] } },
  ])
})
afterAll(async () => { await home.close() })

const rows = (n: number): Row[] => Array.from({ length: n }, (_, i) => ({ id: `r${i}`, at: START + i, y: i }))
const set = (purpose: string) => home.features.createTrainingSet({ name: 'set', service: 's', examples: EXAMPLES, from: START, to: START + 100, labelsKnownBy: START + 200, actor: ACTOR, purpose })

it('finds forbidden words as whole words in any case, however they are parted', () => {
  for (const purpose of ['marketing', 'Direct MARKETING, spring', 'test (marketing)', 'non-marketing']) expect(forbids('marketing', purpose)).toBe(true)
  for (const purpose of ['training', 'marketingless', 'market ing', '']) expect(forbids('marketing', purpose)).toBe(false)
  expect(forbids('Credit  Scoring', 'a credit-scoring model')).toBe(true)
  expect(forbids('credit scoring', 'scoring of credit')).toBe(false)
  expect(forbids('…', 'anything')).toBe(false)
})

it('takes a purpose that says something', () => {
  expect(readPurpose('  look at May ')).toBe('look at May')
  expect(readPurpose(undefined, 'training')).toBe('training')
  for (const bad of [undefined, null, '', '   ', 'x'.repeat(201), 5, {}, '\ud800']) expect(() => readPurpose(bad)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
})

it('refuses a training set whose purpose its dataset forbids, and records who was refused', async () => {
  const version = await home.take('people', COLUMNS, rows(20))
  const made = await set('training')
  const size = home.metadata.ledger.size
  await expect(set('training for marketing')).rejects.toMatchObject({ code: 'purpose_forbidden', status: 403, message: expect.stringContaining('"marketing"') as unknown })
  expect(home.metadata.ledger.size).toBe(size + 1)
  expect(await home.metadata.ledger.get(size)).toMatchObject({
    action: 'read.refused', subject: 'dataset/people', actor: 'user:ada', details: { read: 'trainingset.created', purpose: 'training for marketing', forbidden: 'marketing', versions: [version] },
  })
  // What was made of it is bound as well, through any number of steps.
  await expect(assertPurpose(home.metadata, { actor: ACTOR, purpose: 'marketing', action: 'dataset.exported' }, [made.version])).rejects.toMatchObject({ code: 'purpose_forbidden' })
  await assertPurpose(home.metadata, { actor: ACTOR, purpose: 'research', action: 'dataset.exported' }, [made.version])
})

it('binds the same content under another name, and no dataset beside', async () => {
  const same = await home.take('open', COLUMNS, rows(20))
  await expect(assertPurpose(home.metadata, { actor: ACTOR, purpose: 'marketing', action: 'dataset.exported' }, [same])).rejects.toMatchObject({ code: 'purpose_forbidden' })
  const other = await home.take('open', COLUMNS, rows(7))
  await assertPurpose(home.metadata, { actor: ACTOR, purpose: 'marketing', action: 'dataset.exported' }, [other])
})
