// One definition, three executions: online state, point-in-time SQL, and recomputation as of journal positions must agree to the bit,
// and with the definition itself, whatever is defined and in whatever order events come.
// AGREEMENT_RUNS makes more lives for each of the four rotations of windows (default 1), AGREEMENT_SEED begins where another run began, AGREEMENT_SHRINK looks for a smaller failure.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../adapters/engines/duckdb/index.ts'
import type { FeatureContent, ViewDefinition } from '../core/definition.ts'
import type { Engine } from '../core/ports/engine.ts'
import type { FeatureOrigin, FeatureRequest } from '../core/ports/features.ts'
import type { Column, Row, Value } from '../core/schema.ts'
import { tableFromRows, tableRows } from '../core/table.ts'
import { MINUTE } from '../core/time.ts'
import { compileService, type CompiledService } from './compiled-service.ts'
import { assertSame, noteRead, readService, serviceOf } from './fixtures/definition-oracle.ts'
import { ACTOR, openFeatureHome, type FeatureHome } from './fixtures/feature-home.ts'
import { joinAsMany } from './fixtures/join-size.ts'
import { asOf, readVersions } from './fixtures/journal-versions.ts'
import { definitions, ENTITIES, EVENTS, Exercised, SIGNALS, SOURCES, THINGS } from './fixtures/random-definitions.ts'
import { asked, input, life, rowOf, sourceOf, START, THING_ROWS } from './fixtures/random-events.ts'

const RUNS = Number(process.env.AGREEMENT_RUNS ?? 1)
const OPTIONS = { numRuns: RUNS, endOnFailure: process.env.AGREEMENT_SHRINK === undefined, // One seed, so that what was exercised does not hang on luck; another run begins elsewhere with AGREEMENT_SEED.
  seed: Number(process.env.AGREEMENT_SEED ?? 42) }
const TIMEOUT = 120_000 + RUNS * 30_000
const ROTATIONS = [0, 1, 2, 3]
const exercised = new Exercised()

interface Logged { asOf: number; at: number; entities: Row; vector: Value[] }

let engine: Engine
beforeAll(async () => { engine = await openDuckdb({ memory: '1GB', threads: 2 }) })
afterAll(async () => { await engine.close() })

async function open(views: ViewDefinition[], lateness: string): Promise<{ home: FeatureHome; service: CompiledService; prepare(): Promise<string> }> {
  const home = await openFeatureHome(START, { features: { lateness }, ledger: {} }, engine)
  await home.register({ entities: ENTITIES, sources: [...SOURCES], views, services: [serviceOf(views)] })
  const { content } = await home.features.describe('s')
  return { home, service: compileService(content), prepare: async () => (await home.features.prepare(content)).digest }
}

async function check(home: FeatureHome, content: FeatureContent, logged: Logged[]): Promise<void> {
  const schema: Column[] = [
    { name: 'sequence', type: 'int64' }, { name: 'asOf', type: 'int64' }, { name: 'eventTime', type: 'timestamp' }, { name: 'entity.thing', type: 'string' }, { name: 'entity.group', type: 'int64' }, { name: 'request.q', type: 'float64' },
    ...content.outputs.map((o): Column => ({ name: `f.${o.name}`, type: o.type })),
  ]
  const rows = logged.map((l, i): Row => ({ sequence: i, asOf: l.asOf, eventTime: l.at, 'entity.thing': l.entities.thing, 'entity.group': l.entities.group, 'request.q': 0.5, ...Object.fromEntries(content.outputs.map((o, c) => [`f.${o.name}`, l.vector[c]])) }))
  expect(await home.features.checkFeatures(content, tableFromRows(schema, rows))).toEqual({ predictions: rows.length, compared: rows.length * content.outputs.length, different: 0, differences: [] })
}

const request = (entities: Row, at: number): FeatureRequest => ({ entities, request: { q: 0.5 }, at })

describe('online features', () => {
  it.each(ROTATIONS)('equal the definition and the recomputation as of their positions, in any order of events and through restarts (windows %i)', async rotation => {
    await joinAsMany(engine, rotation % 2 === 1)
    await fc.assert(fc.asyncProperty(definitions(rotation), fc.constantFrom('1m', '30m', '24h'), life, async (views, lateness, steps) => {
      const { home, service, prepare } = await open(views, lateness)
      exercised.define(views)
      try {
        let digest = await prepare()
        const datasets = new Map<string, Row[]>()
        const logged: Logged[] = []
        const materialized: { source: string; datasetVersion: string; upTo: number }[] = []
        for (const s of steps) {
          const now = home.clock.time
          if ('push' in s) {
            for (const source of [EVENTS, SIGNALS]) {
              const events = s.push.filter(e => sourceOf(e) === source).map(e => ({ values: rowOf(e, now) }))
              for (let times = s.again ? 2 : 1; times > 0 && events.length > 0; times--) await home.features.push(source.name, events)
            }
          } else if ('tick' in s) home.clock.time += s.tick * MINUTE
          else if ('fix' in s) {
            datasets.set(await home.take('things', THINGS.columns, THING_ROWS[s.fix]), THING_ROWS[s.fix])
            await home.features.materialize({ source: 'things' })
          } else if ('materialize' in s) {
            const upTo = now - s.back * MINUTE
            for (const source of [EVENTS, SIGNALS]) {
              const rows = s.materialize.filter(e => sourceOf(e) === source).map(e => rowOf(e, upTo))
              if (rows.length === 0) continue
              const datasetVersion = await home.take(source.name, source.columns, rows)
              datasets.set(datasetVersion, rows)
              materialized.push({ source: source.name, datasetVersion, upTo })
              await home.features.materialize({ source: source.name, upTo })
            }
          } else if ('again' in s) {
            const again = materialized.at(-1)
            if (again !== undefined) await home.features.materialize(again)
          } else if ('undo' in s) {
            await home.features.undo({ to: Math.max(1, Math.floor(s.undo * home.journal.position)), ...(s.of === 'all' ? {} : { source: s.of }), datasets: [] })
          } else if ('restart' in s) {
            if (s.restart === 'seal') await home.metadata.seal({ force: true })
            else await home.restart({ kill: s.restart === 'kill' })
            digest = await prepare()
          } else {
            const { sources } = await home.features.status()
            const oldest = Math.max(0, ...sources.map(x => x.oldestRead ?? 0))
            const rows = s.ask.map(a => request({ thing: a.k, group: a.j }, Math.max(oldest, now - a.back * MINUTE + a.grain)))
            const { asOf: position, vectors } = await home.features.read(digest, rows)
            rows.forEach((r, i) => { logged.push({ asOf: position, at: r.at, entities: r.entities, vector: vectors[i] }) })
          }
        }
        await home.journal.waitDurable()
        const journaled = await readVersions(home.journal, SOURCES, datasets)
        for (const l of logged) {
          const expected = readService(service, asOf(journaled, SOURCES, l.asOf), l.entities, l.at)
          assertSame('online', service, l, l.vector, expected)
          noteRead(exercised, service, expected)
        }
        await check(home, service.content, logged)
      } finally { await home.close() }
    }), OPTIONS)
  }, TIMEOUT)
})

describe('online features and training sets', () => {
  it.each(ROTATIONS)('are equal for the same rows, when each event is pushed as it becomes known (windows %i)', async rotation => {
    await joinAsMany(engine, rotation % 2 === 1)
    const moment = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 20 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 90 }) })
    await fc.assert(fc.asyncProperty(definitions(rotation), fc.array(fc.record({ event: input(true), minute: moment }), { minLength: 40, maxLength: 60, size: 'max' }), fc.array(fc.record({ asked, minute: moment }), { minLength: 30, maxLength: 40, size: 'max' }), async (views, inputs, questions) => {
      const { home, service, prepare } = await open(views, '24h')
      exercised.define(views)
      try {
        const digest = await prepare()
        const happening = inputs.map(({ event: e, minute }) => {
          const now = START + minute * MINUTE
          // Signals are known when they happen, so that is when they are pushed.
          return e.source === 'events' ? { source: EVENTS, known: now, row: { ...rowOf(e, now), known: now } as Row } : { source: SIGNALS, known: now + e.grain, row: rowOf({ ...e, happened: 0 }, now) }
        }).sort((a, b) => a.known - b.known)
          // The same row twice is a duplicate to a push and a row to a dataset: only their place among equals would differ.
          .filter((a, i, all) => !all.slice(0, i).some(o => o.source === a.source && a.source.columns.every(c => o.row[c.name] === a.row[c.name])))
        await home.take('things', THINGS.columns, THING_ROWS[1])
        await home.features.materialize({ source: 'things' })
        for (const source of [EVENTS, SIGNALS]) await home.take(source.name, source.columns, happening.filter(h => h.source === source).map(h => h.row))
        const examples = questions.map(({ asked: a, minute }) => ({ t: START + minute * MINUTE + a.grain, k: a.k, j: a.j, y: 1 })).sort((a, b) => a.t - b.t)
        await home.take('asked', [{ name: 't', type: 'timestamp' }, { name: 'k', type: 'string' }, { name: 'j', type: 'int64' }, { name: 'y', type: 'float64' }], examples)
        const logged: Logged[] = []
        const origins: (FeatureOrigin | null)[][] = []
        let pushed = 0
        for (const { t, k, j } of examples) {
          for (; pushed < happening.length && happening[pushed].known <= t; pushed++) {
            home.clock.time = happening[pushed].known
            await home.features.push(happening[pushed].source.name, [{ values: happening[pushed].row }])
          }
          const { asOf: position, vectors: [vector], origins: traced } = await home.features.read(digest, [request({ thing: k, group: j }, t)], { origins: true })
          logged.push({ asOf: position, at: t, entities: { thing: k, group: j }, vector })
          origins.push(traced![0])
          noteRead(exercised, service, vector)
        }
        const made = await home.features.createTrainingSet({
          name: 'train', service: 's', from: START - MINUTE, to: START + 1_000 * MINUTE, actor: ACTOR, purpose: 'test', mode: 'knownAt',
          examples: { dataset: 'asked', time: { column: 't' }, entities: { thing: 'k', group: 'j' }, request: { q: 'y' }, label: { name: 'y', column: 'y', above: 0, knownAt: 't' } },
        })
        const offline = tableRows(await home.features.loadDataset(made.version)).map((row): Row => ({ ...row, q: 0.5 }))
        expect(offline.map(r => [r.time, r['entity.thing'], r['entity.group'], r.label])).toEqual(logged.map(l => [l.at, l.entities.thing, l.entities.group, true]))
        logged.forEach((l, i) => { assertSame('the training set against online', service, l, service.outputs.map(o => offline[i][o.name]), l.vector) })
        const given = tableFromRows([{ name: 'event_timestamp', type: 'timestamp' }, { name: 'k', type: 'string' }, { name: 'j', type: 'int64' }], examples.map(({ t, k, j }) => ({ event_timestamp: t, k, j })))
        const named = service.lookups.map(l => l.name)
        const told: Row[] = []
        for await (const part of home.features.readHistory({ rows: { table: given }, features: named, origins: true, format: 'tables', actor: ACTOR, purpose: 'test' })) if ('columns' in part && 'schema' in part) told.push(...tableRows(part))
        origins.forEach((row, i) => {
          const found = named.map((name): [string, Value, Value] => [name, told[i][`${name}__event_time`] ?? null, told[i][`${name}__age`] ?? null])
          const expected = named.map((name, slot) => {
            const origin = row[service.outputs.findIndex(o => o.name === name)]
            // Where nothing counts, online tells of the newest row that is too old or has no value.
            const time = origin === null || origin.status === 'notFound' || origin.status === 'expired' || (origin.status === 'missing' && found[slot][1] === null) ? null : origin.eventTime
            return [name, time, time === null ? null : (examples[i].t - time) / 1e6]
          })
          expect(found).toEqual(expected)
        })
        await home.journal.waitDurable()
        await check(home, service.content, logged)
      } finally { await home.close() }
    }), OPTIONS)
  }, TIMEOUT)
})

it('was about every aggregate over every kind of window, each more than nothing', () => { expect(exercised.missing()).toEqual([]) })
