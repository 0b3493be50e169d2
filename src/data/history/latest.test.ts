// Look-ups of the latest row against the definition: late rows, corrections, conditions, keys of several columns, both modes. What was found about a dataset
// version, kept or found anew, changes no byte. LATEST_RUNS makes more worlds, LATEST_SHRINK looks for a smaller failure.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
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

describe('latest rows', () => {
  const CARDS: SourceDefinition = { name: 'cards', dataset: 'cards', id: ['id'], eventTime: 'at', knownAt: 'known', columns: [{ name: 'id', type: 'int64' }, { name: 'at', type: 'timestamp' }, { name: 'known', type: 'timestamp' }, { name: 'k', type: 'string' }, { name: 'file_row_number', type: 'int64' }] }
  const VIEW: ViewDefinition = { name: 'last', kind: 'latest', entity: 'thing', source: 'cards', ttl: '1h', features: features(['id', 'file_row_number']) }
  const SERVICE = { name: 's', entities: ['thing'], request: [], features: ['last.id', 'last.file_row_number'] }
  const content = (source = CARDS): ReturnType<typeof buildFeatureContent> => buildFeatureContent(SERVICE, { entities: ENTITIES, sources: [source], views: [VIEW] }, null)
  const train = async (facts?: FactFolder): Promise<{ version: string; rows: Row[] }> => {
    const { version } = await createTrainingSet({ ...context, facts }, content(), { name: `set-${files++}`, service: 's', examples: { ...EXAMPLES, entities: { thing: 'k' }, request: {} }, from: START, to: START + 1_000 * MINUTE, actor, purpose: 'test' })
    return { version, rows: tableRows(await loadDataset(context, version)) }
  }
  // Every second becomes known ten minutes late.
  const rows = Array.from({ length: 400 }, (_, i): Row => ({ id: i, at: START + i * MINUTE, known: START + (i + (i % 2) * 10) * MINUTE, k: 'a', file_row_number: 1_000 - i }))
  const expected = (t: number): (number | null)[] => { const best = rows.filter(r => Number(r.known) <= t && Number(r.at) > t - 60 * MINUTE).at(-1); return best === undefined ? [null, null] : [best.id as number, best.file_row_number as number] }

  it('of one key with many rows, in one file or several, of a column that the engine has a name for too', async () => {
    const examples = Array.from({ length: 300 }, (_, i) => ({ t: START + i * 3 * MINUTE + (i % 5), k: i % 7 === 0 ? null : 'a', j: 1, y: 1 }))
    await take({ dataset: 'asked', columns: ASKED }, examples)
    for (const parts of [1, 3]) {
      await take(CARDS, rows, parts)
      const got = (await train()).rows
      expect(got.map(r => [r['last.id'], r['last.file_row_number']])).toEqual(examples.map(e => (e.k === null ? [null, null] : expected(e.t))))
    }
  })

  it('of files that are no Parquet', async () => {
    await take({ dataset: 'asked', columns: ASKED }, [{ t: START + 30 * MINUTE, k: 'a', j: 1, y: 1 }, { t: START + 31 * MINUTE, k: 'b', j: 1, y: 1 }])
    await writeFile(join(context.dir, 'cards.csv'), `id,at,known,k,file_row_number\n${rows.map(r => `${r.id},${new Date(Number(r.at) / 1_000).toISOString()},${new Date(Number(r.known) / 1_000).toISOString()},${r.k},${r.file_row_number}`).join('\n')}\n`)
    await importDataset(context, { name: 'cards', files: ['cards.csv'] }, context.dir, actor)
    const facts = new FactFolder(await mkdtemp(join(context.dir, 'facts-')))
    for (let i = 0; i < 2; i++) expect((await train(facts)).rows.map(r => [r['last.id'], r['last.file_row_number']])).toEqual([expected(START + 30 * MINUTE), [null, null]])
  })

  it('are found anew where what was kept is damaged, and are the same', async () => {
    const dir = await mkdtemp(join(context.dir, 'facts-'))
    await take(CARDS, rows)
    const first = await train(new FactFolder(dir))
    const kept = await readdir(dir)
    expect(kept.filter(f => f.endsWith('.parquet'))).toHaveLength(1)
    for (const name of kept) await writeFile(join(dir, name), 'damaged')
    expect((await train(new FactFolder(dir))).version).toBe(first.version)
    await rm(dir, { recursive: true })
    expect((await train(new FactFolder(dir))).version).toBe(first.version)
  })

  it('are refused each time where a value is none, kept facts or not', async () => {
    const facts = new FactFolder(await mkdtemp(join(context.dir, 'facts-')))
    const FLOATS: SourceDefinition = { ...CARDS, dataset: 'floats', columns: CARDS.columns.map(c => (c.name === 'file_row_number' ? { ...c, type: 'float64' } : c)) }
    await take(FLOATS, [{ ...rows[0], file_row_number: 1 }, { ...rows[1], file_row_number: Number.POSITIVE_INFINITY }])
    for (let i = 0; i < 2; i++) await expect(createTrainingSet({ ...context, facts }, content(FLOATS), { name: 'f', service: 's', examples: { ...EXAMPLES, entities: { thing: 'k' }, request: {} }, from: START, to: START + MINUTE, actor, purpose: 'test' })).rejects.toThrow(/Dataset floats, row 2, column file_row_number/)
  })
})
