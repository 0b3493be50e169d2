import { describe, expect, it } from 'vitest'
import type { ServedRelease } from '../core/ports/predictions.ts'
import { createGenerator } from '../core/statistics/generator.ts'
import { emptyColumn, type ColumnData, type Table } from '../core/table.ts'
import { DAY, HOUR, parseTime, type Micros } from '../core/time.ts'
import { drawTable, gauss, type Inputs } from './drift.fixture.ts'
import { measureDrift, type DriftParts, type DriftQuery } from './drift-report.ts'

const at = (text: string): Micros => parseTime(text)!
const INPUTS: Inputs = { x: { type: 'float64', draw: gauss }, hour: { type: 'int64', draw: r => Math.floor(24 * r()) }, kind: { type: 'string', draw: r => 'ABC'[Math.floor(3 * r())] } }
const SHIFTED: Inputs = { ...INPUTS, x: { type: 'float64', draw: r => 1 + gauss(r) } }

function withColumns(table: Table, before: [name: string, column: ColumnData][]): Table {
  return { rows: table.rows, schema: [...before.map(([name, c]) => ({ name, type: c.type })), ...table.schema], columns: [...before.map(b => b[1]), ...table.columns] }
}

function trainingSet(inputs: Inputs, seed: number): Table {
  const table = drawTable(inputs, 4_000, createGenerator(seed))
  return withColumns(table, [['time', emptyColumn('timestamp', table.rows)], ['entity.plane', emptyColumn('string', table.rows)], ['label', emptyColumn('boolean', table.rows)]])
}

/** Rows a content read, by their time: `rows` an hour from `from` to `to`. */
interface Traffic { content: string; inputs: Inputs; from: Micros; to: Micros; every: Micros }

function world(traffic: Traffic[], served: Partial<ServedRelease>[]): DriftParts & { loaded: string[]; reads: number } {
  const tables = traffic.map(({ content, inputs, from, to, every }, i) => {
    const times = Float64Array.from({ length: Math.floor((to - from) / every) }, (_, k) => from + k * every)
    return { content, table: withColumns(drawTable(inputs, times.length, createGenerator(50 + i)), [['eventTime', { type: 'timestamp', values: times }]]) }
  })
  const sets: Record<string, Table> = { before: trainingSet(INPUTS, 1), after: trainingSet(SHIFTED, 2) }
  const world = {
    loaded: [] as string[], reads: 0,
    datasets: { loadDataset: async (version: string) => { world.loaded.push(version); return sets[version.split('#')[0]] } },
    predictions: {
      served: async () => served.map((s, i) => ({ id: `e@00000${i + 1}`, number: i + 1, model: 'm', modelVersion: 1, contentDigest: `c${i + 1}`, trainingSet: 'before', role: 'champion', share: 1, since: 0, until: null, revision: 1, action: 'deploy', ...s }) as ServedRelease),
      features: async ({ contentDigest, from, to }: { contentDigest: string; from: Micros; to: Micros }) => {
        world.reads++
        const found = tables.filter(t => t.content === contentDigest)
        const { table } = found[0] ?? { table: { rows: 0, schema: [], columns: [] } }
        const places = Array.from({ length: table.rows }, (_, i) => i).filter(i => (table.columns[0].values[i] as number) >= from && (table.columns[0].values[i] as number) < to)
        const columns = table.columns.map(c => ({ ...c, values: places.map(i => c.values[i]) }) as unknown as ColumnData)
        columns.forEach(c => { if (c.type !== 'string') c.values = (c.type === 'int64' ? BigInt64Array.from(c.values as ArrayLike<bigint>) : Float64Array.from(c.values as ArrayLike<number>)) as never })
        return { rows: places.length, schema: table.schema, columns }
      },
    },
  }
  return world
}

const query: DriftQuery = { endpoint: 'e', from: at('2013-04-01'), to: at('2013-07-01'), by: 'week' }
const MINUTE_10 = DAY / 144

describe('the drift of an endpoint', () => {
  it('is measured by period against the training set of what answered most', async () => {
    const change = at('2013-05-07')
    const parts = world([
      { content: 'c1', inputs: INPUTS, from: at('2013-04-03'), to: at('2013-04-22'), every: MINUTE_10 },
      { content: 'c2', inputs: SHIFTED, from: change, to: at('2013-06-03'), every: MINUTE_10 },
    ], [{ trainingSet: 'before#1' }, { trainingSet: 'after#1' }])
    const report = await measureDrift(parts, query)
    expect(report).toMatchObject({ endpoint: 'e', by: 'week' })
    expect(report.periods.map(p => [p.from, p.release, p.trainingSet])).toEqual([
      ...['2013-04-01', '2013-04-08', '2013-04-15'].map(day => [at(day), 'e@000001', 'before#1']),
      ...['2013-05-06', '2013-05-13', '2013-05-20', '2013-05-27'].map(day => [at(day), 'e@000002', 'after#1']),
    ])
    for (const period of report.periods) {
      expect(period.features.map(f => [f.feature, f.type])).toEqual([['x', 'number'], ['hour', 'number'], ['kind', 'category']])
      for (const f of period.features) expect(f).toMatchObject({ rows: period.predictions, referenceRows: 4_000, state: 'none' })
    }
    expect(report.periods.map(p => p.predictions)).toEqual([720, 1_008, 1_008, 864, 1_008, 1_008, 1_008])
  })

  it('shows what has moved, and when', async () => {
    const parts = world([{ content: 'c1', inputs: SHIFTED, from: query.from, to: query.to, every: MINUTE_10 }], [{ trainingSet: 'before#2' }])
    const report = await measureDrift(parts, { ...query, by: 'month' })
    expect(report.periods.map(p => p.features.map(f => f.state))).toEqual([['alert', 'none', 'none'], ['alert', 'none', 'none'], ['alert', 'none', 'none']])
    const only = await measureDrift(parts, { ...query, by: 'month', features: ['hour'] })
    expect(only.periods[0].features.map(f => f.feature)).toEqual(['hour'])
    expect(parts.loaded).toEqual(['before#2'])
    await expect(measureDrift(parts, { ...query, features: ['houre'] })).rejects.toMatchObject({ code: 'unknown_feature', message: expect.stringContaining('Did you mean "hour"') })
  })

  it('cuts the periods at the ends, and takes the champion by rows in each, shadows and what has no training set left out', async () => {
    const parts = world([
      { content: 'c1', inputs: INPUTS, from: query.from, to: query.to, every: HOUR },
      { content: 'c2', inputs: INPUTS, from: at('2013-04-10'), to: query.to, every: 2 * MINUTE_10 },
      { content: 'c3', inputs: INPUTS, from: query.from, to: query.to, every: MINUTE_10 },
      { content: 'c4', inputs: INPUTS, from: query.from, to: query.to, every: MINUTE_10 },
    ], [{ trainingSet: 'before#3' }, { trainingSet: 'after#3', role: 'challenger' }, { role: 'shadow' }, { trainingSet: '' }])
    const { periods } = await measureDrift(parts, { ...query, from: at('2013-04-02T12:00'), to: at('2013-04-16') })
    expect(periods.map(p => [p.from, p.to, p.release])).toEqual([
      [at('2013-04-02T12:00'), at('2013-04-08'), 'e@000001'], [at('2013-04-08'), at('2013-04-15'), 'e@000002'], [at('2013-04-15'), at('2013-04-16'), 'e@000002'],
    ])
    expect(periods.map(p => p.predictions)).toEqual([132, 168 + 360, 24 + 72])
    expect(periods[0].features.map(f => f.state)).toEqual(['few', 'few', 'few'])
  })

  it('of the same content released twice names the newer release', async () => {
    const parts = world([{ content: 'c1', inputs: INPUTS, from: query.from, to: at('2013-04-08'), every: HOUR }], [{ number: 3, id: 'e@000003' }, { number: 2, id: 'e@000002', contentDigest: 'c1' }])
    expect((await measureDrift(parts, query)).periods.map(p => p.release)).toEqual(['e@000003'])
    expect(parts.reads).toBeLessThan(6)
  })

  it('is empty without predictions, and refuses a range that says nothing', async () => {
    expect((await measureDrift(world([], []), { ...query, features: ['x'] })).periods).toEqual([])
    await expect(measureDrift(world([], []), { ...query, to: query.from })).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(measureDrift(world([], []), { ...query, from: 0, by: 'day' })).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('asks again for a training set that could not be read', async () => {
    const parts = world([{ content: 'c1', inputs: INPUTS, from: query.from, to: query.to, every: HOUR }], [{ trainingSet: 'before#4' }])
    const { loadDataset } = parts.datasets
    parts.datasets.loadDataset = async () => { throw new Error('the disk is gone') }
    await expect(measureDrift(parts, query)).rejects.toThrow('the disk is gone')
    parts.datasets.loadDataset = loadDataset
    expect((await measureDrift(parts, query)).periods).toHaveLength(13)
  })
})
