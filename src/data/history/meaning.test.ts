// History against the definition, over all of the language: training sets in both modes, and recomputation as of journal positions.
// MEANING_RUNS makes more worlds for each of the four rotations of windows (default 1), MEANING_SEED begins where another run began, MEANING_SHRINK looks for a smaller failure.
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExamplesDefinition, SourceDefinition } from '../../core/definition.ts'
import type { Column, Row } from '../../core/schema.ts'
import { tableFromRows, tableRows } from '../../core/table.ts'
import { MINUTE } from '../../core/time.ts'
import { compileService } from '../compiled-service.ts'
import { importDataset, loadDataset } from '../dataset.ts'
import { buildFeatureContent } from '../feature-content.ts'
import { assertSame, noteRead, readService, serviceOf } from '../fixtures/definition-oracle.ts'
import { joinAsMany } from '../fixtures/join-size.ts'
import { asOf, readVersions, versionOf } from '../fixtures/journal-versions.ts'
import { MemoryJournal, openMemoryContext, writeParquet, type MemoryContext } from '../fixtures/memory-context.ts'
import { definitions, ENTITIES, EVENTS, Exercised, SIGNALS, SOURCES, THINGS } from '../fixtures/random-definitions.ts'
import { asked, input, life, rowOf, sourceOf, START, THING_ROWS } from '../fixtures/random-events.ts'
import { eventStream, MATERIALIZATION } from '../online/event-stream.ts'
import { UNDO } from '../undo/mark.ts'
import { checkFeatures } from './check.ts'
import { createTrainingSet } from './training-set.ts'

const RUNS = Number(process.env.MEANING_RUNS ?? 1)
const OPTIONS = { numRuns: RUNS, endOnFailure: process.env.MEANING_SHRINK === undefined, ...(process.env.MEANING_SEED === undefined ? {} : { seed: Number(process.env.MEANING_SEED) }) }
const TIMEOUT = 120_000 + RUNS * 20_000
const ROTATIONS = [0, 1, 2, 3]
const exercised = new Exercised()

let context: MemoryContext
let files = 0
const actor = { kind: 'user', name: 'ada' } as const
beforeAll(async () => { context = await openMemoryContext() })
afterAll(async () => { await context.close() })

async function take(source: Pick<SourceDefinition, 'dataset' | 'columns'>, rows: readonly Row[]): Promise<string> {
  const file = `${source.dataset}-${files++}.parquet`
  await writeParquet(context, join(context.dir, file), source.columns, [...rows])
  return (await importDataset(context, { name: source.dataset, files: [file] }, context.dir, actor)).version
}

const contentOf = (views: Parameters<typeof serviceOf>[0]): ReturnType<typeof buildFeatureContent> => buildFeatureContent(serviceOf(views), { entities: ENTITIES, sources: SOURCES, views }, null)
const ASKED: Column[] = [{ name: 't', type: 'timestamp' }, { name: 'k', type: 'string' }, { name: 'j', type: 'int64' }, { name: 'y', type: 'float64' }]
const EXAMPLES: ExamplesDefinition = { dataset: 'asked', time: { column: 't' }, entities: { thing: 'k', group: 'j' }, request: { q: 'y' }, label: { name: 'y', column: 'y', above: 0 } }

describe.each(['knownAt', 'eventTime'] as const)('training sets by %s', mode => {
  it.each(ROTATIONS)('equal the definition, late rows and corrections included (windows %i)', async rotation => {
    await joinAsMany(context.engine, rotation % 2 === 0)
    const moment = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 20 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 90 }) })
    await fc.assert(fc.asyncProperty(definitions(rotation), fc.boolean().chain(wild => fc.array(fc.record({ event: input(wild), minute: moment }), { minLength: 40, maxLength: 80, size: 'max' })), fc.array(fc.record({ asked, minute: moment }), { minLength: 30, maxLength: 40, size: 'max' }), fc.constantFrom(0, 1), async (views, inputs, questions, things) => {
      const content = contentOf(views)
      const service = compileService(content)
      exercised.define(views)
      const rowsOf = new Map(SOURCES.map(s => [s.name, s === THINGS ? THING_ROWS[things] : inputs.filter(i => sourceOf(i.event) === s).map(i => rowOf(i.event, START + i.minute * MINUTE))]))
      for (const source of SOURCES) await take(source, rowsOf.get(source.name)!)
      const examples = questions.map(({ asked: a, minute }) => ({ t: START + minute * MINUTE + a.grain, k: a.k, j: a.j, y: 0.5 })).sort((a, b) => a.t - b.t)
      await take({ dataset: 'asked', columns: ASKED }, examples)
      const made = await createTrainingSet(context, content, { name: 'train', service: 's', examples: EXAMPLES, from: START - MINUTE, to: START + 1_000 * MINUTE, mode, actor, purpose: 'test' })
      const got = tableRows(await loadDataset(context, made.version))
      expect(got.map(r => [r.time, r['entity.thing'], r['entity.group'], r.label])).toEqual(examples.map(e => [e.t, e.k, e.j, true]))
      const versions = new Map(SOURCES.map(s => [s.name, rowsOf.get(s.name)!.map((row, i) => versionOf(s, row, 0, i))]))
      examples.forEach((e, i) => {
        const entities = { thing: e.k, group: e.j }
        const expected = readService(service, source => versions.get(source)!, entities, e.t, mode)
        assertSame(`by ${mode}`, service, { at: e.t, entities }, service.outputs.map(o => got[i][o.name]), expected)
        noteRead(exercised, service, expected)
      })
    }), OPTIONS)
  }, TIMEOUT)
})

describe('recomputation as of journal positions', () => {
  it.each(ROTATIONS)('equals the definition, whatever had been accepted by then (windows %i)', async rotation => {
    await joinAsMany(context.engine, rotation % 2 === 0)
    await fc.assert(fc.asyncProperty(definitions(rotation), life, fc.infiniteStream(fc.nat(4)), async (views, steps, behind) => {
      const content = contentOf(views)
      const service = compileService(content)
      exercised.define(views)
      const journal = new MemoryJournal()
      const datasets = new Map<string, Row[]>()
      const questions: { asOf: number; at: number; entities: Row }[] = []
      let now = START
      let again: Row | null = null
      for (const s of steps) {
        if ('push' in s) {
          for (const source of [EVENTS, SIGNALS]) {
            for (const row of s.push.filter(e => sourceOf(e) === source).map(e => rowOf(e, now))) {
              journal.append(eventStream(source), [{ id: String(row.id), eventTime: row.at, knownAt: Math.max(now, Number(row.known ?? now)), ...Object.fromEntries(source.columns.map(c => [`v.${c.name}`, row[c.name]])) }])
            }
          }
        } else if ('tick' in s) now += s.tick * MINUTE
        else if ('fix' in s) {
          const datasetVersion = await take(THINGS, THING_ROWS[s.fix])
          datasets.set(datasetVersion, THING_ROWS[s.fix])
          journal.append(MATERIALIZATION, [{ source: 'things', datasetVersion, upTo: now, at: now }])
        } else if ('materialize' in s) {
          const upTo = now - s.back * MINUTE
          for (const source of [EVENTS, SIGNALS]) {
            const rows = s.materialize.filter(e => sourceOf(e) === source).map(e => rowOf(e, upTo))
            const datasetVersion = await take(source, rows)
            datasets.set(datasetVersion, rows)
            journal.append(MATERIALIZATION, [again = { source: source.name, datasetVersion, upTo, at: now }])
          }
        } else if ('again' in s) { if (again !== null) journal.append(MATERIALIZATION, [again]) }
        else if ('undo' in s) journal.append(UNDO, [{ to: Math.max(1, Math.floor(s.undo * journal.position)), source: s.of === 'all' ? '' : s.of, reason: '', at: now, actorKind: 'user', actor: 'ada', heads: '[]' }])
        else if ('ask' in s) for (const a of s.ask) questions.push({ asOf: Math.max(0, journal.position - (behind.next().value as number)), at: now - a.back * MINUTE + a.grain, entities: { thing: a.k, group: a.j } })
      }
      const journaled = await readVersions(journal, SOURCES, datasets)
      const expected = questions.map(q => readService(service, asOf(journaled, SOURCES, q.asOf), q.entities, q.at))
      for (const vector of expected) noteRead(exercised, service, vector)
      const schema: Column[] = [
        { name: 'sequence', type: 'int64' }, { name: 'asOf', type: 'int64' }, { name: 'eventTime', type: 'timestamp' }, { name: 'entity.thing', type: 'string' }, { name: 'entity.group', type: 'int64' }, { name: 'request.q', type: 'float64' },
        ...content.outputs.map((o): Column => ({ name: `f.${o.name}`, type: o.type })),
      ]
      const rows = questions.map((q, i): Row => ({ sequence: i, asOf: q.asOf, eventTime: q.at, 'entity.thing': q.entities.thing, 'entity.group': q.entities.group, 'request.q': 0.5, ...Object.fromEntries(content.outputs.map((o, c) => [`f.${o.name}`, expected[i][c]])) }))
      const found = await checkFeatures({ ...context, journal }, content, tableFromRows(schema, rows))
      const [first] = found.differences
      if (first !== undefined) {
        const k = content.outputs.findIndex(o => o.name === first.feature)
        assertSame('as of', service, questions[first.sequence], expected[first.sequence].with(k, first.recomputed), expected[first.sequence])
      }
      expect(found).toEqual({ predictions: rows.length, compared: rows.length * content.outputs.length, different: 0, differences: [] })
    }), OPTIONS)
  }, TIMEOUT)
})

// A short run may miss a rare pair by luck: a long one may not.
it.runIf(process.env.MEANING_RUNS !== undefined)('was about every aggregate over every kind of window, each more than nothing', () => { expect(exercised.missing()).toEqual([]) })
