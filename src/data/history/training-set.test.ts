import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExamplesDefinition, LabelDefinition } from '../../core/definition.ts'
import type { Row, Value } from '../../core/schema.ts'
import { tableRows } from '../../core/table.ts'
import { compileService } from '../compiled-service.ts'
import { importDataset, loadDataset } from '../dataset.ts'
import { openMemoryContext, writeParquet, type MemoryContext } from '../fixtures/memory-context.ts'
import { readOracle, type Version } from '../fixtures/oracle.ts'
import { askedRows, CONTENT, eventRows, SOURCE, START, STATIC, STATIC_ROWS, STEP } from '../fixtures/random-data.ts'
import { createTrainingSet } from './training-set.ts'

let context: MemoryContext
let files = 0
const actor = { kind: 'user', name: 'ada' } as const
beforeAll(async () => { context = await openMemoryContext(); await take('things', STATIC.columns, STATIC_ROWS) })
afterAll(async () => { await context.close() })

const EXAMPLES: ExamplesDefinition = {
  dataset: 'asked', time: { column: 'at', offset: '-30s' }, entities: { thing: 'k' }, request: {},
  label: { name: 'y', column: 'y', above: 0, knownAt: 'known' },
}
const ASKED = [{ name: 'at', type: 'timestamp' }, { name: 'k', type: 'string' }, { name: 'y', type: 'float64' }, { name: 'known', type: 'timestamp' }] as const
const service = compileService(CONTENT)

async function take(name: string, schema: readonly { name: string; type: string }[], rows: Row[]): Promise<void> {
  const file = `${name}-${files++}.parquet`
  await writeParquet(context, join(context.dir, file), schema as never, rows)
  await importDataset(context, { name, files: [file] }, context.dir, actor)
}

async function train(asked: { t: number; k: string | null }[], options: Partial<Parameters<typeof createTrainingSet>[2]> = {}): Promise<Row[]> {
  await take('asked', ASKED, asked.map(({ t, k }) => ({ at: t + 30_000_000, k, y: 1, known: t })))
  const made = await createTrainingSet(context, CONTENT, { name: 'train', service: 'small', examples: EXAMPLES, from: START - 10 * STEP, to: START + 100 * STEP, actor, purpose: 'test', ...options })
  return tableRows(await loadDataset(context, made.version))
}

function expected(rows: Row[], { t, k }: { t: number; k: string | null }): Value[] {
  const versions: Version[] = rows.map((row, i) => ({ id: String(row.id), eventTime: Number(row.at), knownAt: Number(row.known), sequence: 0, order: i, values: row }))
  const things: Version[] = STATIC_ROWS.map((row, i) => ({ id: String(i), eventTime: 0, knownAt: 0, sequence: 0, order: i, values: row }))
  const values = service.views.map(view => readOracle(view, view.isStatic ? things : versions, k, t))
  return service.lookups.map(l => values[l.view].get(l.feature.name) ?? null)
}

describe('training sets against the definition', () => {
  it.each([['late rows and corrections', true, false], ['rows known as they happen', false, false], ['values over 200 decades', true, true]] as const)('%s', async (_name, late, wild) => {
    await fc.assert(fc.asyncProperty(eventRows({ late, wild }), askedRows, async (rows, asked) => {
      await take('events', SOURCE.columns, rows)
      const got = await train(asked)
      const inOrder = asked.map((a, i) => ({ ...a, i })).sort((a, b) => a.t - b.t || a.i - b.i)
      expect(got.map(r => [r.time, r['entity.thing'], r.label])).toEqual(inOrder.map(a => [a.t, a.k, true]))
      expect(got.map(r => service.lookups.map(l => r[l.name]))).toEqual(inOrder.map(a => expected(rows, a)))
    }), { numRuns: wild ? 10 : 20 })
  })

  it('does not see what comes to be known later', async () => {
    await fc.assert(fc.asyncProperty(eventRows({ late: true, wild: false }), askedRows, async (rows, asked) => {
      const end = Math.max(...asked.map(a => a.t))
      await take('events', SOURCE.columns, rows)
      const before = await train(asked)
      const future = rows.map(r => ({ ...r, x: 9, k: 'a', known: end + 1 + Number(r.known) - START + 20 * STEP }))
      await take('events', SOURCE.columns, [...future, ...rows, ...future])
      expect(await train(asked)).toEqual(before)
    }), { numRuns: 10 })
  })
})

describe('a training set that takes rows from an earlier one', () => {
  it('has the bytes of one that is computed in full, whatever the two ranges and labels', async () => {
    let taken = 0
    const range = fc.tuple(fc.integer({ min: -8, max: 10 }), fc.integer({ min: 5, max: 60 }), fc.integer({ min: 10, max: 90 }))
    await fc.assert(fc.asyncProperty(eventRows({ late: true, wild: false }), askedRows, range, range, async (rows, asked, earlier, wanted) => {
      await take('events', SOURCE.columns, rows)
      await take('asked', ASKED, asked.map(({ t, k }, i) => ({ at: t + 30_000_000, k, y: i % 3 - 1, known: t + (i % 5) * 4 * STEP })))
      const make = (name: string, [from, length, known]: readonly [number, number, number], reuse?: string): ReturnType<typeof createTrainingSet> => createTrainingSet(context, CONTENT, {
        name, service: 'small', examples: EXAMPLES, from: START + from * STEP, to: START + (from + length) * STEP, labelsKnownBy: START + known * STEP, actor, purpose: 'test', reuse,
      })
      const full = await make(`full-${files}`, wanted)
      const old = await make(`old-${files}`, earlier)
      const again = await make(`reused-${files}`, wanted, old.version)
      expect(again).toEqual(full)
      taken += (context.entries[context.entries.length - 1].details as { reused?: { rows: number } }).reused?.rows ?? 0
    }), { numRuns: 20 })
    expect(taken).toBeGreaterThan(10)
  })

  it('takes nothing from a set of the other mode, and says in which it was made', async () => {
    await take('events', SOURCE.columns, [{ id: 'e', at: START, known: START + 3 * STEP, k: 'a', x: 1, i: 1, s: null }])
    await take('asked', ASKED, [{ at: START + 2 * STEP, k: 'a', y: 1, known: START + 2 * STEP }])
    const request = { service: 'small', examples: EXAMPLES, from: START, to: START + 50 * STEP, actor, purpose: 'test' }
    const details = (): unknown => context.entries.at(-1)?.details
    const known = await createTrainingSet(context, CONTENT, { name: 'modes', ...request })
    expect(details()).toMatchObject({ mode: 'knownAt' })
    const happened = await createTrainingSet(context, CONTENT, { name: 'modes', ...request, mode: 'eventTime' })
    expect(details()).toMatchObject({ mode: 'eventTime' })
    expect(details()).not.toHaveProperty('reused')
    expect(happened.version).not.toBe(known.version)
    // What the examples say is the same as what the request says.
    const said = await createTrainingSet(context, CONTENT, { name: 'said', ...request, examples: { ...EXAMPLES, mode: 'eventTime' }, reuse: happened.version })
    expect(said.version).toBe(happened.version)
    expect(details()).toMatchObject({ mode: 'eventTime', reused: { version: happened.version, rows: 1 } })
    const values = tableRows(await loadDataset(context, said.version))
    expect(values.map(r => [r['ever.i'], r['sums.rows']])).toEqual([[1, 1]])
    expect(tableRows(await loadDataset(context, known.version)).map(r => [r['ever.i'], r['sums.rows']])).toEqual([[null, 0]])
  })

  it('takes nothing where data or definitions have changed since', async () => {
    const rows = [{ id: 'e', at: START, known: START, k: 'a', x: 1, i: 1, s: null }]
    await take('events', SOURCE.columns, rows)
    await take('asked', ASKED, [{ at: START + 2 * STEP, k: 'a', y: 1, known: START + 2 * STEP }])
    const request = { service: 'small', examples: EXAMPLES, from: START, to: START + 50 * STEP, actor, purpose: 'test' }
    const old = await createTrainingSet(context, CONTENT, { name: 'before', ...request })
    await take('events', SOURCE.columns, [{ ...rows[0], x: 5 }])
    const fresh = await createTrainingSet(context, CONTENT, { name: 'after', ...request, reuse: old.version })
    expect(context.entries.at(-1)?.details).not.toHaveProperty('reused')
    expect(fresh.version).not.toBe(old.version)
  })
})

describe('training sets', () => {
  const one = { id: 'e', at: START, known: START, k: 'a', x: 1, i: 1, s: null }

  it('has a row for each labelled example in the range, by time, then as in the dataset', async () => {
    await take('events', SOURCE.columns, [one])
    const from = START, to = START + 10 * STEP
    await take('asked', ASKED, [
      { at: to + 30_000_000, k: 'end', y: 1, known: from }, { at: from + 30_000_000 + 1, k: 'second', y: 1, known: to }, { at: from + 30_000_000, k: 'first', y: 0, known: from },
      { at: from + 30_000_000 + 1, k: 'third', y: -1, known: to }, { at: from + 30_000_000 + 5, k: 'late', y: 1, known: to + 1 }, { at: from + 30_000_000 + 5, k: 'none', y: null, known: to },
      { at: from + 30_000_000 + 6, k: 'never', y: 1, known: null }, { at: from + 30_000_000 + 7, k: 'no number', y: Number.NaN, known: to }, { at: null, k: 'no time', y: 1, known: to }, { at: from + 30_000_000 - 1, k: 'before', y: 1, known: from },
    ])
    const make = async (options: object): Promise<Value[][]> => {
      const made = await createTrainingSet(context, CONTENT, { name: 't', service: 'small', examples: EXAMPLES, from, to, actor, purpose: 'p', ...options })
      return tableRows(await loadDataset(context, made.version)).map(r => [r['entity.thing'], r.label])
    }
    expect(await make({})).toEqual([['first', false], ['second', true], ['third', false]])
    expect(await make({ labelsKnownBy: to - 1 })).toEqual([['first', false]])
    expect(await make({ keepUnlabelled: true })).toEqual([['first', false], ['second', true], ['third', false], ['late', null], ['none', null], ['never', null], ['no number', null]])
    await expect(make({ to: from })).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it.each<[string, Partial<LabelDefinition>, (boolean | null)[]]>([
    ['a category', { column: 's', equals: "it's" }, [true, false, null, false]], ['true', { column: 'b', equals: true }, [true, false, null, true]],
    ['false', { column: 'b', equals: false }, [false, true, null, false]], ['a number', { column: 'y', equals: 2 }, [false, true, null, null]],
    ['a number above', { column: 'y', above: 1 }, [false, true, null, null]],
  ])('takes %s as the outcome, known at once where nothing else is said', async (_name, label, expected) => {
    await take('events', SOURCE.columns, [one])
    const schema = [{ name: 'at', type: 'timestamp' }, { name: 'k', type: 'string' }, { name: 's', type: 'string' }, { name: 'b', type: 'boolean' }, { name: 'y', type: 'float64' }] as const
    await take('outcomes', schema, [
      { at: START, k: 'a', s: "it's", b: true, y: 1 }, { at: START + 1, k: 'a', s: 'other', b: false, y: 2 }, { at: START + 2, k: 'a', s: null, b: null, y: null }, { at: START + 3, k: 'a', s: 'IT', b: true, y: Number.NaN },
    ])
    const examples: ExamplesDefinition = { dataset: 'outcomes', time: { column: 'at' }, entities: { thing: 'k' }, request: {}, label: { name: 'y', column: 'y', ...label } }
    const made = await createTrainingSet(context, CONTENT, { name: 't', service: 'small', examples, from: START, to: START + 10, actor, purpose: 'p', keepUnlabelled: true })
    expect(tableRows(await loadDataset(context, made.version)).map(r => r.label)).toEqual(expected)
  })

  it('is the same version for the same input, and tells the ledger each time', async () => {
    const request = { name: 'again', service: 'small', examples: EXAMPLES, from: START - STEP, to: START + 50 * STEP, actor, purpose: 'a reason' }
    const first = await createTrainingSet(context, CONTENT, request)
    const entries = context.entries.length
    expect(await createTrainingSet(context, CONTENT, request)).toEqual(first)
    expect(context.entries.slice(entries)).toMatchObject([{ action: 'trainingset.created', actor, subject: `datasetVersion/${first.version}`, details: { purpose: 'a reason' } }])
    expect(first.parents).toHaveLength(3)
  })

  it('names what is wrong, and where', async () => {
    const asked = [{ t: START, k: 'a' }]
    await take('events', SOURCE.columns, [one, { ...one, id: 'f', x: 1e-200 }])
    await expect(train(asked)).rejects.toThrow(/Dataset events, row 2, column x/)
    await take('events', SOURCE.columns, [one, { ...one, id: null }])
    await expect(train(asked)).rejects.toThrow(/row 2: a column of the id of source events/)
    await take('events', SOURCE.columns.filter(c => c.name !== 'i'), [one])
    await expect(train(asked)).rejects.toThrow(/sources\.events\.columns\.i is no column of dataset events/)
    await take('events', SOURCE.columns.map(c => (c.name === 'i' ? { ...c, type: 'string' } : c)), [{ ...one, i: 'x' }])
    await expect(train(asked)).rejects.toThrow(/is declared int64, and is string/)
    await take('events', SOURCE.columns, [one])
    await expect(train(asked, { mode: 'knownat' as never })).rejects.toThrow(/is knownAt or eventTime, and not "knownat"/)
    await expect(train(asked, { examples: { ...EXAMPLES, entities: { thing: 'kk' } } })).rejects.toThrow(/examples\.entities\.thing names the column kk/)
  })
})
