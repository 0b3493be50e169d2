import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Column, Row } from '../../core/schema.ts'
import type { Stream } from '../../store/index.ts'
import { compileService } from '../compiled-service.ts'
import { importDataset } from '../dataset.ts'
import { MemoryJournal, openMemoryContext, writeParquet, type MemoryContext } from '../fixtures/memory-context.ts'
import { readOracle, type Version } from '../fixtures/oracle.ts'
import { askedRows, CONTENT, eventRows, SOURCE, START, STATIC, STATIC_ROWS, STEP } from '../fixtures/random-data.ts'
import { eventStream, MATERIALIZATION } from '../online/event-stream.ts'
import { checkFeatures } from './check.ts'
import { collectRows } from './journal-rows.ts'

let context: MemoryContext
let files = 0
let things: string
const actor = { kind: 'user', name: 'ada' } as const
beforeAll(async () => { context = await openMemoryContext(); things = await take('things', STATIC.columns, STATIC_ROWS) })
afterAll(async () => { await context.close() })

const service = compileService(CONTENT)
const PREDICTIONS: Stream = {
  name: 'prediction/small/000000000000',
  columns: [{ name: 'eventTime', type: 'timestamp' }, { name: 'asOf', type: 'int64' }, { name: 'entity.thing', type: 'string' }, { name: 'request.q', type: 'float64' }, ...service.outputs.map((o): Column => ({ name: `f.${o.name}`, type: o.type }))],
}

async function take(name: string, schema: Column[], rows: Row[]): Promise<string> {
  const file = `${name}-${files++}.parquet`
  await writeParquet(context, join(context.dir, file), schema, rows)
  return (await importDataset(context, { name, files: [file] }, context.dir, actor)).version
}

/** A journal in which events, materializations and predictions alternate, with the oracle's values logged. */
async function write(journal: MemoryJournal, steps: ({ push: Row } | { materialize: Row[]; upTo: number } | { fix: true } | { ask: { t: number; k: string | null }; behind: number })[]): Promise<void> {
  const versions: Version[] = []
  const fixed: { sequence: number }[] = []
  const version = (row: Row, sequence: number, order: number): Version => ({ id: String(row.id), eventTime: Number(row.at), knownAt: Number(row.known), sequence, order, values: row })
  for (const step of steps) {
    if ('push' in step) {
      const { push } = step
      const sequence = journal.append(eventStream(SOURCE), [{ id: push.id, eventTime: push.at, knownAt: push.known, ...Object.fromEntries(SOURCE.columns.map(c => [`v.${c.name}`, push[c.name]])) }])
      versions.push(version(push, sequence, 0))
    } else if ('materialize' in step) {
      const datasetVersion = await take('events', SOURCE.columns, step.materialize)
      const sequence = journal.append(MATERIALIZATION, [{ source: 'events', datasetVersion, upTo: step.upTo, at: 0 }])
      step.materialize.forEach((row, i) => { if (Number(row.at) <= step.upTo) versions.push(version(row, sequence, i)) })
    } else if ('fix' in step) {
      fixed.push({ sequence: journal.append(MATERIALIZATION, [{ source: 'things', datasetVersion: things, upTo: null, at: 0 }]) })
    } else {
      const asOf = Math.max(0, journal.position - step.behind)
      const { t, k } = step.ask
      const visible = versions.filter(v => v.sequence <= asOf)
      const still = fixed.some(f => f.sequence <= asOf) ? STATIC_ROWS.map((row, i): Version => ({ id: String(i), eventTime: 0, knownAt: 0, sequence: 0, order: i, values: row })) : []
      const values = service.views.map(view => readOracle(view, view.isStatic ? still : visible, k, t))
      const row: Row = { eventTime: t, asOf, 'entity.thing': k, 'request.q': 0.5, 'f.q': 0.5 }
      for (const l of service.lookups) row[`f.${l.name}`] = values[l.view].get(l.feature.name) ?? null
      journal.append(PREDICTIONS, [row])
    }
  }
}

const check = async (journal: MemoryJournal) => checkFeatures({ ...context, journal }, CONTENT, await collectRows(journal, { streams: ['prediction/'] }))

describe('recomputation as of journal positions', () => {
  it.each([['like the world', false], ['over 200 decades', true]] as const)('finds what the definition says, %s', async (_name, wild) => {
    await fc.assert(fc.asyncProperty(eventRows({ late: true, wild }), eventRows({ late: true, wild }), askedRows, fc.array(fc.nat(5), { minLength: 100, maxLength: 100 }), async (stored, pushed, asked, dice) => {
      const journal = new MemoryJournal()
      const steps: Parameters<typeof write>[1] = [...pushed.map(push => ({ push })), ...asked.map((ask, i) => ({ ask, behind: dice[i] % 3 }))]
      // Shuffled by the dice, the same for the same counterexample.
      const mixed = steps.map((s, i) => ({ s, d: (dice[i] + 1) * ((i * 37) % 101) })).sort((a, b) => a.d - b.d).map(x => x.s)
      mixed.splice(Math.floor(mixed.length / 4), 0, { fix: true }, { materialize: stored.slice(0, 20), upTo: START + 3 * STEP })
      mixed.splice(Math.floor(mixed.length / 2), 0, { materialize: stored, upTo: START + 5 * STEP })
      await write(journal, mixed)
      const found = await check(journal)
      expect(found).toEqual({ predictions: asked.length, compared: asked.length * service.outputs.length, different: 0, differences: [] })
    }), { numRuns: wild ? 10 : 25 })
  })

  it('names the prediction and the feature that differ in one bit', async () => {
    const journal = new MemoryJournal()
    const push = { id: 'e', at: START, known: START, k: 'a', x: 0.1, i: 1, s: 'p' }
    await write(journal, [{ push }, { ask: { t: START, k: 'a' }, behind: 0 }, { ask: { t: START, k: 'a' }, behind: 0 }])
    const logged = await collectRows(journal, { streams: ['prediction/'] })
    const mean = logged.columns[logged.schema.findIndex(c => c.name === 'f.sums.mean')]
    ;(mean.values as Float64Array)[1] = 0.1 + 2 ** -56
    const found = await checkFeatures({ ...context, journal }, CONTENT, logged)
    expect(found).toMatchObject({ predictions: 2, different: 1, differences: [{ sequence: 3, feature: 'sums.mean', logged: 0.1 + 2 ** -56, recomputed: 0.1 }] })
  })

  it('has nothing to say of nothing, and names a column that is missing', async () => {
    const journal = new MemoryJournal()
    const bare = (rows: number) => ({ rows, schema: [{ name: 'sequence', type: 'int64' as const }], columns: [{ type: 'int64' as const, values: new BigInt64Array(rows) }] })
    // What was never asked has no stream, and so no columns.
    expect(await checkFeatures({ ...context, journal }, CONTENT, bare(0))).toMatchObject({ predictions: 0, different: 0 })
    await expect(checkFeatures({ ...context, journal }, CONTENT, bare(1))).rejects.toThrow(/lack the column f\.q/)
    expect(await checkFeatures({ ...context, journal }, CONTENT, await collectRows(journal, { streams: ['prediction/'], columns: PREDICTIONS.columns }))).toMatchObject({ predictions: 0, different: 0 })
  })
})
