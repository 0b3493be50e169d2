// Whatever was pushed, materialized, imported, undone and undone again, with restarts in between: after an undo all reads and heads are what they were at
// that position, and every read that was ever made is recomputed from history without a difference.
import fc from 'fast-check'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDuckdb } from '../../adapters/engines/duckdb/index.ts'
import { canonicalize, type Json } from '../../core/canonical.ts'
import type { FeatureContent, SourceDefinition, ViewDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { Engine } from '../../core/ports/engine.ts'
import type { FeatureRequest } from '../../core/ports/features.ts'
import type { Column, Row, Value } from '../../core/schema.ts'
import { tableFromRows } from '../../core/table.ts'
import { MINUTE } from '../../core/time.ts'
import { ACTOR, openFeatureHome, type FeatureHome } from '../fixtures/feature-home.ts'
import { writeParquet } from '../fixtures/memory-context.ts'

const START = 1_364_774_400_000_000
const COLUMNS: Column[] = [{ name: 'id', type: 'string' }, { name: 'at', type: 'timestamp' }, { name: 'known', type: 'timestamp' }, { name: 'k', type: 'string' }, { name: 'x', type: 'float64' }]
const source = (name: string): SourceDefinition => ({ name, dataset: `${name}-rows`, id: ['id'], eventTime: 'at', knownAt: 'known', columns: COLUMNS })
const THINGS: SourceDefinition = { name: 'things', dataset: 'things-rows', id: ['k'], columns: [{ name: 'k', type: 'string' }, { name: 'colour', type: 'string' }] }
const SOURCES = [source('first'), source('second'), THINGS]
const views = (name: string): ViewDefinition[] => [
  { name: `${name}-sums`, kind: 'aggregate', entity: 'thing', source: name, features: [{ name: 'n', aggregate: 'count', window: '10m' }, { name: 'total', aggregate: 'sum', column: 'x', window: '90m' }, { name: 'mean', aggregate: 'mean', column: 'x', window: '3m' }] },
  { name: `${name}-last`, kind: 'latest', entity: 'thing', source: name, ttl: '20m', features: [{ name: 'x', column: 'x' }, { name: 'id', column: 'id' }] },
]
const VIEWS: ViewDefinition[] = [...views('first'), ...views('second'), { name: 'fixed', kind: 'latest', entity: 'thing', source: 'things', features: [{ name: 'colour', column: 'colour' }] }]
/** A service a source, so that each answers for itself, and one of all. */
const featuresOf = (name: string): string[] => VIEWS.filter(v => name === 'all' || v.source === name).flatMap(v => v.features.map(f => `${v.name}.${f.name}`))
const SERVICES = [...SOURCES.map(s => s.name), 'all']

const event = fc.record({ id: fc.integer({ min: 0, max: 6 }), happened: fc.integer({ min: 0, max: 12 }), declared: fc.constantFrom(0, 0, 0, -3, 2), k: fc.constantFrom('a', 'b'), x: fc.constantFrom(null, 0.1, 0.2, 0.3, 1e15, -7, 1 / 3) })
type EventInput = typeof event extends fc.Arbitrary<infer T> ? T : never
const one = fc.constantFrom('first', 'second')
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ push: one, events: fc.array(event, { minLength: 1, maxLength: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ take: fc.constantFrom('first', 'second', 'things'), events: fc.array(event, { minLength: 1, maxLength: 8 }), colour: fc.constantFrom('red', 'blue', 'green'), materialize: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ materialize: fc.constantFrom('first', 'second', 'things') }) },
  { weight: 3, arbitrary: fc.record({ tick: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 5, arbitrary: fc.record({ undo: fc.double({ min: 0, max: 1, noNaN: true }), source: fc.constantFrom(undefined, undefined, 'first', 'second', 'things') }) },
  { weight: 2, arbitrary: fc.record({ restart: fc.constantFrom('stop', 'kill', 'seal', 'lose') }) },
)

/** What can be seen at one position: by service the answer to every question, or its refusal, as text; and the heads. */
interface Seen { answers: Record<string, string>; heads: Record<string, string | null> }
interface Logged { service: string; asOf: number; request: FeatureRequest; vector: Value[] }

let engine: Engine
beforeAll(async () => { engine = await openDuckdb({ memory: '1GB', threads: 2 }) })
afterAll(async () => { await engine.close() })

const QUESTIONS: FeatureRequest[] = ['a', 'b', 'never'].flatMap(k => [-5, 1, 4, 11, 25, 60, 120].map(minute => ({ entities: { thing: k }, request: {}, at: START + minute * MINUTE })))

async function look(home: FeatureHome, digests: Map<string, string>, logged: Logged[]): Promise<Seen> {
  const seen: Seen = { answers: {}, heads: {} }
  for (const [service, digest] of digests) {
    const answers: (Value[] | string)[] = []
    for (const request of QUESTIONS) {
      try {
        const { asOf, vectors: [vector] } = await home.features.read(digest, [request])
        answers.push(vector)
        logged.push({ service, asOf, request, vector })
      } catch (error) {
        if (!(error instanceof SlipwayError && error.code === 'event_time_out_of_range')) throw error
        answers.push(error.message)
      }
    }
    seen.answers[service] = canonicalize(answers as Json)
  }
  for (const { dataset } of SOURCES) seen.heads[dataset] = ((await home.metadata.get('datasetHead', dataset))?.body.version ?? null) as string | null
  return seen
}

async function prepareAll(home: FeatureHome): Promise<Map<string, string>> {
  const digests = new Map<string, string>()
  for (const service of SERVICES) digests.set(service, (await home.features.prepare((await home.features.describe(service)).content)).digest)
  return digests
}

async function takeRows(home: FeatureHome, name: string, rows: EventInput[], colour: string, files: { n: number }): Promise<void> {
  const definition = SOURCES.find(s => s.name === name)!
  const file = `${name}-${files.n++}.parquet`
  const now = home.clock.time
  const table: Row[] = name === 'things' ? ['a', 'b'].map(k => ({ k, colour })) : rows.map(e => ({ id: `e${e.id}`, at: now - e.happened * MINUTE, known: now - e.happened * MINUTE, k: e.k, x: e.x }))
  await writeParquet({ engine, blobs: home.blobs, metadata: home.metadata }, join(home.dir, file), definition.columns, table)
  await home.features.importDataset({ name: definition.dataset, files: [file] }, home.dir, ACTOR)
}

async function check(home: FeatureHome, content: FeatureContent, logged: Logged[]): Promise<void> {
  const schema: Column[] = [{ name: 'sequence', type: 'int64' }, { name: 'asOf', type: 'int64' }, { name: 'eventTime', type: 'timestamp' }, { name: 'entity.thing', type: 'string' }, ...content.outputs.map((o): Column => ({ name: `f.${o.name}`, type: o.type }))]
  const rows = logged.map((l, i): Row => ({ sequence: i, asOf: l.asOf, eventTime: l.request.at, 'entity.thing': l.request.entities.thing, ...Object.fromEntries(content.outputs.map((o, c) => [`f.${o.name}`, l.vector[c]])) }))
  expect(await home.features.checkFeatures(content, tableFromRows(schema, rows))).toEqual({ predictions: rows.length, compared: rows.length * content.outputs.length, different: 0, differences: [] })
}

it('gives what was, and history agrees', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30, size: 'max' }), fc.constantFrom('1h', '24h'), async (steps, lateness) => {
    const home = await openFeatureHome(START, { features: { lateness } }, engine)
    try {
      await home.register({ entities: [{ name: 'thing', key: 'k', type: 'string' }], sources: SOURCES, views: VIEWS, services: SERVICES.map(name => ({ name, entities: ['thing'], request: [], features: featuresOf(name) })) })
      let digests = await prepareAll(home)
      const files = { n: 0 }
      const logged: Logged[] = []
      const seen = new Map<number, Seen>()
      for (const s of steps) {
        const now = home.clock.time
        if ('push' in s) await home.features.push(s.push, s.events.map(e => ({ values: { id: `e${e.id}`, at: now - e.happened * MINUTE, known: now + e.declared * MINUTE, k: e.k, x: e.x } })))
        else if ('take' in s) {
          await takeRows(home, s.take, s.events, s.colour, files)
          if (s.materialize) await home.features.materialize({ source: s.take })
        } else if ('materialize' in s) {
          if (await home.metadata.get('datasetHead', `${s.materialize}-rows`) !== null) await home.features.materialize({ source: s.materialize })
        } else if ('tick' in s) home.clock.time += s.tick * MINUTE
        else if ('restart' in s) {
          if (s.restart === 'seal') await home.metadata.seal({ force: true })
          else await home.restart({ kill: s.restart !== 'stop', meanwhile: s.restart === 'lose' ? state => rm(state, { recursive: true }) : undefined })
          digests = await prepareAll(home)
        } else {
          const positions = [...seen.keys()].filter(p => p > 0)
          const to = positions[Math.min(positions.length - 1, Math.floor(s.undo * positions.length))]
          if (to === undefined) continue
          const [target, before] = [seen.get(to) as Seen, seen.get(home.journal.position) as Seen]
          const change = await home.features.undo({ to, source: s.source, reason: 'a test', actor: ACTOR })
          expect(change.position).toBe(home.journal.position)
          const after = await look(home, digests, logged)
          for (const { name, dataset } of SOURCES) {
            const expected = s.source === undefined || s.source === name ? target : before
            expect(after.answers[name], `${name} after an undo to ${to}`).toBe(expected.answers[name])
            expect(after.heads[dataset]).toBe(expected.heads[dataset])
          }
          if (s.source === undefined) expect(after).toEqual(target)
          expect(await home.features.undo({ to, source: s.source, reason: 'again', actor: ACTOR })).toMatchObject({ changed: false, ledger: null })
        }
        const what = await look(home, digests, logged)
        // What moves no position changes nothing: time, restarts, an undo to where it stands.
        const known = seen.get(home.journal.position)
        if (known !== undefined) expect(what).toEqual(known)
        seen.set(home.journal.position, what)
      }
      await home.journal.waitDurable()
      for (const service of SERVICES) await check(home, (await home.features.describe(service)).content, logged.filter(l => l.service === service))
      expect((await home.metadata.verify()).problems).toEqual([])
    } finally { await home.close() }
  }), { numRuns: 10 })
}, 600_000)
