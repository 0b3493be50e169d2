// Look-ups of the latest row against the definition: late rows, corrections, conditions, keys of several columns, both modes. What was found about a dataset
// version, kept or found anew, changes no byte. LATEST_RUNS makes more worlds, LATEST_SHRINK looks for a smaller failure.
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Condition, ExamplesDefinition, SourceDefinition, ViewDefinition } from '../../core/definition.ts'
import type { Column, Row } from '../../core/schema.ts'
import { tableRows } from '../../core/table.ts'
import { MINUTE } from '../../core/time.ts'
import { compileService } from '../compiled-service.ts'
import { importDataset, loadDataset } from '../dataset.ts'
import { buildFeatureContent } from '../feature-content.ts'
import { assertSame, readService, serviceOf } from '../fixtures/definition-oracle.ts'
import { versionOf } from '../fixtures/journal-versions.ts'
import { openMemoryContext, writeParquet, type MemoryContext } from '../fixtures/memory-context.ts'
import { ENTITIES, EVENTS, SIGNALS, SOURCES, THINGS } from '../fixtures/random-definitions.ts'
import { asked, input, rowOf, sourceOf, START, THING_ROWS } from '../fixtures/random-events.ts'
import { FactFolder } from './fact-folder.ts'
import { createTrainingSet } from './training-set.ts'

let context: MemoryContext
let files = 0
const actor = { kind: 'user', name: 'ada' } as const
beforeAll(async () => { context = await openMemoryContext() })
afterAll(async () => { await context.close() })

/** Some datasets are of two files. */
async function take(source: Pick<SourceDefinition, 'dataset' | 'columns'>, rows: readonly Row[], parts = 1): Promise<void> {
  const names: string[] = []
  for (let i = 0; i < parts; i++) {
    const file = `${source.dataset}-${files++}.parquet`
    await writeParquet(context, join(context.dir, file), source.columns, rows.slice(Math.floor(rows.length * i / parts), Math.floor(rows.length * (i + 1) / parts)))
    names.push(file)
  }
  await importDataset(context, { name: source.dataset, files: names }, context.dir, actor)
}

const where = fc.option(fc.constantFrom<Condition[][]>(
  [{ column: 'b', equals: true }], [{ column: 'x', above: 0 }], [{ column: 's', not: 'p' }], [{ column: 'n', missing: false, atMost: 1 }], [{ column: 's', missing: true }],
), { nil: undefined, freq: 2 })
const ttl = fc.option(fc.constantFrom('1us', '2m', '20m', '2h'), { nil: undefined })
const entity = fc.constantFrom<(string | string[])[]>('thing', 'group', ['thing', 'group'], ['group', 'thing'])
const features = (columns: string[]): { name: string; column: string }[] => columns.map(column => ({ name: column, column }))
const views = fc.record({ events: fc.array(fc.record({ entity, ttl, where }), { minLength: 2, maxLength: 4 }), signals: fc.record({ entity, ttl }), fixed: fc.constantFrom<(Condition[] | undefined)[]>(undefined, [{ column: 'size', above: 0 }]) }).map(({ events, signals, fixed }): ViewDefinition[] => [
  ...events.map((v, i): ViewDefinition => ({ name: `v${i}`, kind: 'latest', source: 'events', ...v, features: features(['x', 'n', 's', 'b', 'w', 'at', 'id']) })),
  { name: 'w', kind: 'latest', source: 'signals', ...signals, features: features(['v', 'c']) },
  { name: 'fixed', kind: 'latest', source: 'things', entity: 'thing', where: fixed, features: features(['colour', 'size']) },
])

const ASKED: Column[] = [{ name: 't', type: 'timestamp' }, { name: 'k', type: 'string' }, { name: 'j', type: 'int64' }, { name: 'y', type: 'float64' }]
const EXAMPLES: ExamplesDefinition = { dataset: 'asked', time: { column: 't' }, entities: { thing: 'k', group: 'j' }, request: { q: 'y' }, label: { name: 'y', column: 'y', above: 0 } }
const moment = fc.integer({ min: 0, max: 60 })
const inputs = fc.array(fc.record({ event: input(false), minute: moment }), { minLength: 5, maxLength: 80, size: 'max' })
/** More than the engine takes for a handful, which it would join in another way. */
const questions = fc.array(fc.record({ asked, minute: fc.integer({ min: 0, max: 65 }) }), { minLength: 70, maxLength: 150, size: 'max' })
const RUNS = Number(process.env.LATEST_RUNS ?? 6)

describe.each(['knownAt', 'eventTime'] as const)('latest rows by %s', mode => {
  it('are what the definition says, and the same bytes whether facts are kept, found or neither', async () => {
    await fc.assert(fc.asyncProperty(views, inputs, questions, fc.constantFrom(0, 1), fc.constantFrom(1, 2), async (defined, given, questioned, things, parts) => {
      const content = buildFeatureContent(serviceOf(defined), { entities: ENTITIES, sources: SOURCES, views: defined }, null)
      const service = compileService(content)
      const rowsOf = new Map(SOURCES.map(s => [s.name, s === THINGS ? THING_ROWS[things] : given.filter(i => sourceOf(i.event) === s).map(i => rowOf(i.event, START + i.minute * MINUTE))]))
      for (const source of [EVENTS, SIGNALS, THINGS]) await take(source, rowsOf.get(source.name)!, parts)
      const examples = questioned.map(({ asked: a, minute }) => ({ t: START + minute * MINUTE + a.grain, k: a.k, j: a.j, y: 0.5 })).sort((a, b) => a.t - b.t)
      await take({ dataset: 'asked', columns: ASKED }, examples)
      const facts = new FactFolder(await mkdtemp(join(context.dir, 'facts-')))
      const make = (more: object): ReturnType<typeof createTrainingSet> => createTrainingSet({ ...context, ...more }, content, { name: `set-${files++}`, service: 's', examples: EXAMPLES, from: START - MINUTE, to: START + 1_000 * MINUTE, mode, actor, purpose: 'test' })
      const made = await make({})
      expect((await make({ facts })).version).toBe(made.version)
      expect((await make({ facts })).version).toBe(made.version)
      const got = tableRows(await loadDataset(context, made.version))
      expect(got.map(r => [r.time, r['entity.thing'], r['entity.group'], r.label])).toEqual(examples.map(e => [e.t, e.k, e.j, true]))
      const versions = new Map(SOURCES.map(s => [s.name, rowsOf.get(s.name)!.map((row, i) => versionOf(s, row, 0, i))]))
      examples.forEach((e, i) => {
        const entities = { thing: e.k, group: e.j }
        assertSame(`by ${mode}`, service, { at: e.t, entities }, service.outputs.map(o => got[i][o.name]), readService(service, source => versions.get(source)!, entities, e.t, mode))
      })
    }), { numRuns: RUNS, endOnFailure: process.env.LATEST_SHRINK === undefined })
  }, 60_000 + RUNS * 10_000)
})
