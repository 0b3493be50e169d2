// One definition, three executions: online state, point-in-time SQL, and recomputation as of journal positions must agree to the bit,
// and with the definition itself, whatever is defined and in whatever order events come.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../adapters/engines/duckdb/index.ts'
import type { EntityDefinition, FeatureContent, SourceDefinition, ViewDefinition } from '../core/definition.ts'
import type { Engine } from '../core/ports/engine.ts'
import type { FeatureRequest } from '../core/ports/features.ts'
import type { Column, Row, Value } from '../core/schema.ts'
import { rowAt, tableFromRows, tableRows } from '../core/table.ts'
import { MINUTE } from '../core/time.ts'
import { compileService, type CompiledService } from './compiled-service.ts'
import { ACTOR, openFeatureHome, type FeatureHome } from './fixtures/feature-home.ts'
import { readOracle, type Version } from './fixtures/oracle.ts'

const START = 1_364_774_400_000_000
const COLUMNS: Column[] = [
  { name: 'id', type: 'string' }, { name: 'at', type: 'timestamp' }, { name: 'known', type: 'timestamp' }, { name: 'k', type: 'string' }, { name: 'j', type: 'int64' },
  { name: 'x', type: 'float64' }, { name: 'n', type: 'int64' }, { name: 's', type: 'string' }, { name: 'b', type: 'boolean' },
]
const EVENTS: SourceDefinition = { name: 'events', dataset: 'events', id: ['id'], eventTime: 'at', knownAt: 'known', columns: COLUMNS }
const THINGS: SourceDefinition = { name: 'things', dataset: 'things', id: ['k'], columns: [{ name: 'k', type: 'string' }, { name: 'colour', type: 'string' }] }
const ENTITIES: EntityDefinition[] = [{ name: 'thing', key: 'k', type: 'string' }, { name: 'group', key: 'j', type: 'int64' }]
const THING_ROWS: Row[] = [{ k: 'a', colour: 'red' }, { k: 'b', colour: null }, { k: 'c', colour: 'blue' }]

const window = fc.constantFrom('1us', '45s', '1m', '3m', '10m', '90m')
const aggregate = fc.oneof(
  fc.record({ aggregate: fc.constant('count' as const), window }),
  fc.record({ aggregate: fc.constant('count' as const), column: fc.constantFrom('x', 'n', 's', 'b'), window }),
  fc.record({ aggregate: fc.constantFrom('sum' as const, 'mean' as const), column: fc.constantFrom('x', 'x', 'n'), window }),
)
const entity = fc.constantFrom('thing', 'group')
const view = fc.oneof(
  fc.record({ kind: fc.constant('aggregate' as const), entity, features: fc.array(aggregate, { minLength: 1, maxLength: 6 }) }),
  fc.record({ kind: fc.constant('latest' as const), entity, ttl: fc.option(fc.constantFrom('1us', '2m', '20m', '2h'), { nil: undefined }), features: fc.constant(['x', 'n', 's', 'at'].map(column => ({ column }))) }),
)
const definitions = fc.array(view, { minLength: 1, maxLength: 4 }).map((views): ViewDefinition[] => [
  ...views.map((v, i) => ({ ...v, name: `v${i}`, source: 'events', features: v.features.map((f, k) => ({ name: `f${k}`, ...f })) }) as ViewDefinition),
  { name: 'fixed', kind: 'latest', entity: 'thing', source: 'things', features: [{ name: 'colour', column: 'colour' }] },
])

const number = fc.oneof(
  fc.constantFrom(null, 0, 0.1, 0.2, 0.3, -0.1, 1e-3, 1e3 / 3), fc.integer({ min: -60, max: 300 }), fc.constantFrom(1e-100, 1e100, -1e100, 2 ** 53, 1, 2 ** -485, 2 ** 510),
  fc.tuple(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), fc.integer({ min: -60, max: 60 })).map(([m, e]) => m * 2 ** e + 0),
)
const values = fc.record({
  k: fc.constantFrom('a', 'b', null), j: fc.constantFrom(1, 2, 2 ** 53 - 1, null), x: number, n: fc.constantFrom(null, 0, 1, -7, 2 ** 53 - 1, 2n ** 60n + 1n, -(2n ** 62n)), s: fc.constantFrom(null, 'p', 'q'), b: fc.constantFrom(null, true, false),
})
/** Minutes before the clock at which it happened, and after it at which it becomes known. */
const happened = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 4 }) }, fc.integer({ min: -9, max: 200 }))
const declared = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: -5, max: 15 }))
const id = fc.integer({ min: 0, max: 12 }).map(n => `e${n}`)
const event = fc.record({ id, happened, declared, values, grain: fc.constantFrom(0, 0, 1, -1) })
const asked = fc.record({ k: fc.constantFrom('a', 'b', 'never', null), j: fc.constantFrom(1, 2, 2 ** 53 - 1, null), back: fc.oneof(fc.constant(0), fc.integer({ min: -3, max: 40 })), grain: fc.constantFrom(0, 1, -1) })

type EventInput = typeof event extends fc.Arbitrary<infer T> ? T : never
const rowOf = (e: EventInput, now: number): Row => ({ id: e.id, at: now - e.happened * MINUTE + e.grain, known: now + e.declared * MINUTE, ...e.values })

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ push: fc.array(event, { minLength: 1, maxLength: 5 }), again: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ ask: fc.array(asked, { minLength: 1, maxLength: 4 }) }) },
  { weight: 4, arbitrary: fc.record({ tick: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 90 })) }) },
  { weight: 1, arbitrary: fc.record({ materialize: fc.array(event, { minLength: 1, maxLength: 12 }), back: fc.integer({ min: 0, max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ fix: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ restart: fc.constantFrom('stop', 'kill', 'seal') }) },
)

interface Logged { asOf: number; at: number; entities: Row; vector: Value[] }

let engine: Engine
beforeAll(async () => { engine = await openDuckdb({ memory: '1GB', threads: 2 }) })
afterAll(async () => { await engine.close() })

async function open(views: ViewDefinition[], lateness: string): Promise<{ home: FeatureHome; service: CompiledService; prepare(): Promise<string> }> {
  const home = await openFeatureHome(START, { features: { lateness }, ledger: {} }, engine)
  await home.register({ entities: ENTITIES, sources: [EVENTS, THINGS], views, services: [{ name: 's', entities: ENTITIES.map(e => e.name), request: [{ name: 'q', type: 'float64', optional: true }], features: views.flatMap(v => v.features.map(f => `${v.name}.${f.name}`)) }] })
  const { content } = await home.features.describe('s')
  return { home, service: compileService(content), prepare: async () => (await home.features.prepare(content)).digest }
}

/** All versions that the journal tells of, in its order; a row that repeats the version before it, known at the same time, is none. */
async function versionsOf(home: FeatureHome, datasets: Map<string, Row[]>): Promise<{ versions: Version[]; fixed: number[] }> {
  const versions: Version[] = []
  const fixed: number[] = []
  const add = (v: Version): void => {
    const before = versions.filter(o => o.id === v.id && o.knownAt <= v.knownAt).sort((a, b) => a.knownAt - b.knownAt || a.sequence - b.sequence || a.order - b.order).at(-1)
    if (before?.knownAt === v.knownAt && before.sequence < v.sequence && COLUMNS.every(c => before.values[c.name] === v.values[c.name])) return
    versions.push(v)
  }
  for await (const { stream, first, table } of home.journal.read({ streams: ['event/', 'mark/'] })) for (let i = 0; i < table.rows; i++) {
    const row = rowAt(table, i)
    const sequence = first + i
    if (stream.name.startsWith('event/')) add({ id: row.id as string, eventTime: row.eventTime as number, knownAt: row.knownAt as number, sequence, order: 0, values: Object.fromEntries(COLUMNS.map(c => [c.name, row[`v.${c.name}`]])) })
    else if (row.source === 'things') fixed.push(sequence)
    else datasets.get(row.datasetVersion as string)!.forEach((r, order) => { if (Number(r.at) <= Number(row.upTo)) add({ id: r.id as string, eventTime: r.at as number, knownAt: r.known as number, sequence, order, values: r }) })
  }
  return { versions, fixed }
}

function oracle(service: CompiledService, versions: Version[], fixed: number[], { asOf, at, entities }: Logged): Value[] {
  const visible = versions.filter(v => v.sequence <= asOf)
  const things = fixed.some(s => s <= asOf) ? THING_ROWS.map((row, order): Version => ({ id: String(order), eventTime: 0, knownAt: 0, sequence: 0, order, values: row })) : []
  const byView = service.views.map(v => readOracle(v, v.isStatic ? things : visible, entities[v.entities[0].name], at))
  return [0.5, ...service.lookups.map(l => byView[l.view].get(l.feature.name) ?? null)]
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
  it('equal the definition and the recomputation as of their positions, in any order of events and through restarts', async () => {
    await fc.assert(fc.asyncProperty(definitions, fc.constantFrom('30m', '24h'), fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), async (views, lateness, steps) => {
      const { home, service, prepare } = await open(views, lateness)
      try {
        let digest = await prepare()
        const datasets = new Map<string, Row[]>()
        const logged: Logged[] = []
        for (const s of steps) {
          const now = home.clock.time
          if ('push' in s) {
            const rows = s.push.map(e => rowOf(e, now))
            for (let times = s.again ? 2 : 1; times > 0; times--) await home.features.push('events', rows.map(row => ({ values: row })))
          } else if ('tick' in s) home.clock.time += s.tick * MINUTE
          else if ('fix' in s) {
            await home.take('things', THINGS.columns, THING_ROWS)
            await home.features.materialize({ source: 'things' })
          } else if ('materialize' in s) {
            const rows = s.materialize.map(e => rowOf(e, now - s.back * MINUTE))
            datasets.set(await home.take('events', COLUMNS, rows), rows)
            await home.features.materialize({ source: 'events', upTo: now - s.back * MINUTE })
          } else if ('restart' in s) {
            if (s.restart === 'seal') await home.metadata.seal({ force: true })
            else await home.restart({ kill: s.restart === 'kill' })
            digest = await prepare()
          } else {
            const { sources } = await home.features.status()
            const oldest = sources.find(x => x.source === 'events')?.oldestRead ?? 0
            const rows = s.ask.map(a => request({ thing: a.k, group: a.j }, Math.max(oldest, now - a.back * MINUTE + a.grain)))
            const { asOf, vectors } = await home.features.read(digest, rows)
            rows.forEach((r, i) => { logged.push({ asOf, at: r.at, entities: r.entities, vector: vectors[i] }) })
          }
        }
        await home.journal.waitDurable()
        const { versions, fixed } = await versionsOf(home, datasets)
        for (const l of logged) {
          const expected = oracle(service, versions, fixed, l)
          if (!expected.every((v, i) => Object.is(v, l.vector[i]))) expect(l.vector).toEqual(expected)
        }
        await check(home, service.content, logged)
      } finally { await home.close() }
    }), { numRuns: 10 })
  })

  it('equal the training set of the same rows, when each event is pushed as it becomes known', async () => {
    await fc.assert(fc.asyncProperty(definitions, fc.array(fc.record({ event, minute: fc.integer({ min: 0, max: 90 }) }), { maxLength: 60, size: 'max' }), fc.array(fc.record({ asked, minute: fc.integer({ min: 0, max: 95 }) }), { minLength: 1, maxLength: 30 }), async (views, inputs, questions) => {
      const { home, service, prepare } = await open(views, '24h')
      try {
        const digest = await prepare()
        const rows = inputs.map(({ event: e, minute }) => ({ ...rowOf(e, START + minute * MINUTE), known: START + minute * MINUTE })).sort((a, b) => a.known - b.known)
          // The same row twice is a duplicate to a push and a row to a dataset: only their place among equals would differ.
          .filter((row, i, all) => !all.slice(0, i).some(o => COLUMNS.every(c => o[c.name as 'known'] === row[c.name as 'known'])))
        await home.take('things', THINGS.columns, THING_ROWS)
        await home.take('events', COLUMNS, rows)
        await home.features.materialize({ source: 'things' })
        const examples = questions.map(({ asked: a, minute }) => ({ t: START + minute * MINUTE + a.grain, k: a.k, j: a.j, y: 1 })).sort((a, b) => a.t - b.t)
        await home.take('asked', [{ name: 't', type: 'timestamp' }, { name: 'k', type: 'string' }, { name: 'j', type: 'int64' }, { name: 'y', type: 'float64' }], examples)
        const online: Row[] = []
        const logged: Logged[] = []
        let pushed = 0
        for (const { t, k, j } of examples) {
          for (; pushed < rows.length && rows[pushed].known <= t; pushed++) {
            home.clock.time = rows[pushed].known
            await home.features.push('events', [{ values: rows[pushed] }])
          }
          const { asOf, vectors: [vector] } = await home.features.read(digest, [request({ thing: k, group: j }, t)])
          logged.push({ asOf, at: t, entities: { thing: k, group: j }, vector })
          online.push({ time: t, 'entity.thing': k, 'entity.group': j, label: true, ...Object.fromEntries(service.outputs.map((o, i) => [o.name, vector[i]])) })
        }
        const made = await home.features.createTrainingSet({
          name: 'train', service: 's', from: START - MINUTE, to: START + 1_000 * MINUTE, actor: ACTOR, purpose: 'test',
          examples: { dataset: 'asked', time: { column: 't' }, entities: { thing: 'k', group: 'j' }, request: { q: 'y' }, label: { name: 'y', column: 'y', above: 0, knownAt: 't' } },
        })
        const offline = tableRows(await home.features.loadDataset(made.version)).map((row): Row => ({ ...row, q: 0.5 }))
        if (!online.every((row, i) => Object.keys(row).every(name => Object.is(row[name], offline[i]?.[name])))) expect(online).toEqual(offline)
        expect(offline.length).toBe(online.length)
        await home.journal.waitDurable()
        await check(home, service.content, logged)
      } finally { await home.close() }
    }), { numRuns: 6 })
  })
})
