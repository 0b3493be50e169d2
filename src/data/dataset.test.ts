import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseTime } from '../core/time.ts'
import { tableRows } from '../core/table.ts'
import { datasetVersionId, getDatasetHead, importDataset, loadDataset } from './dataset.ts'
import { checkProjectData } from './project-check.ts'
import { openMemoryContext, writeParquet, type MemoryContext } from './fixtures/memory-context.ts'

let context: MemoryContext
const actor = { kind: 'user', name: 'ada' } as const
const put = (name: string, text: string): Promise<void> => writeFile(join(context.dir, name), text)
const load = (name: string, ...files: string[]) => importDataset(context, { name, files }, context.dir, actor)
beforeAll(async () => { context = await openMemoryContext() })
afterAll(async () => { await context.close() })

describe('dataset versions', () => {
  it('reads CSV, JSON and Parquet with the same types', async () => {
    await put('a.csv', 'id,n,x,at,ok\na,1,0.5,2013-01-01T00:00:00Z,true\nb,,-0.0,2013-01-01T00:00:00.000001Z,false\n')
    await put('a.ndjson', '{"id":"a","n":1,"x":0.5,"at":"2013-01-01T00:00:00Z","ok":true}\n{"id":"b","n":null,"x":-0.0,"at":"2013-01-01T00:00:00.000001Z","ok":false}\n')
    const rows = [{ id: 'a', n: 1, x: 0.5, at: parseTime('2013-01-01'), ok: true }, { id: 'b', n: null, x: 0, at: (parseTime('2013-01-01') ?? 0) + 1, ok: false }]
    const schema = [{ name: 'id', type: 'string' }, { name: 'n', type: 'int64' }, { name: 'x', type: 'float64' }, { name: 'at', type: 'timestamp' }, { name: 'ok', type: 'boolean' }] as const
    await writeParquet(context, join(context.dir, 'a.parquet'), [...schema], rows)
    for (const file of ['a.csv', 'a.ndjson', 'a.parquet']) {
      const version = await load(file, file)
      expect(version.schema, file).toEqual(schema)
      expect(tableRows(await loadDataset(context, version.version)), file).toEqual(rows)
    }
  })

  it('takes for times in CSV what is ISO 8601 in every row, and loses none of the others', async () => {
    const at = parseTime('2013-12-31T10:00:00Z')
    for (const [text, type, value] of [
      ['2013-12-31 10:00:00', 'timestamp', at], ['2013-12-31T12:00:00+02:00', 'timestamp', at], ['2013-12-31', 'timestamp', parseTime('2013-12-31')],
      ['31/12/2013', 'string', '31/12/2013'], ['31/12/2013 10:00:00', 'string', '31/12/2013 10:00:00'], ['12-31-2013 10:00:00', 'string', '12-31-2013 10:00:00'],
    ] as const) {
      await put('times.csv', `a,at\n1,${text}\n2,\n`)
      const version = await load('times', 'times.csv')
      expect([version.schema[1].type, ...tableRows(await loadDataset(context, version.version)).map(r => r.at)], text).toEqual([type, value, null])
    }
  })

  it('is the same version for the same content, recorded once', async () => {
    await put('one.csv', 'a\n1\n')
    const first = await load('one', 'one.csv')
    const entries = context.entries.length
    const again = await load('one', 'one.csv')
    expect(again).toEqual({ ...first, changed: false })
    expect(context.entries).toHaveLength(entries)
    expect(first).toMatchObject({ version: datasetVersionId(first), changed: true, rows: 1, createdBy: 'user:ada', parents: [] })
    await put('one.csv', 'a\n1\n2\n')
    const second = await load('one', 'one.csv')
    expect(second.version).not.toBe(first.version)
    expect((await getDatasetHead(context.metadata, 'one')).version).toBe(second.version)
    expect(tableRows(await loadDataset(context, first.version))).toEqual([{ a: 1 }])
  })

  it('keeps the order of files and rows', async () => {
    await put('p1.csv', 'a\n3\n1\n')
    await put('p2.csv', 'a\n2\n')
    const version = await load('parts', 'p2.csv', 'p1.csv')
    expect(tableRows(await loadDataset(context, version.version)).map(r => r.a)).toEqual([2, 3, 1])
    expect((await load('parts', 'p1.csv', 'p2.csv')).version).not.toBe(version.version)
  })

  it('reads files in folders whose names look like patterns', async () => {
    const { mkdir } = await import('node:fs/promises')
    await mkdir(join(context.dir, "o'dd [x]*"))
    await put("o'dd [x]*/a.csv", 'a\n1\n')
    const { openBlobStore } = await import('../store/index.ts')
    const odd = { ...context, blobs: await openBlobStore(join(context.dir, "o'dd [x]*", 'blobs')) }
    const version = await importDataset(odd, { name: 'odd', files: ["o'dd [x]*/a.csv"] }, context.dir, actor)
    expect(tableRows(await loadDataset(odd, version.version))).toEqual([{ a: 1 }])
  })

  it('is held against the sources and examples that read it', async () => {
    await put('visits.csv', 'id,at,page,seconds,bought\n1,2013-01-01T00:00:00Z,home,2,0\n')
    await load('visits', 'visits.csv')
    const columns = [{ name: 'id', type: 'int64' as const }, { name: 'at', type: 'timestamp' as const }, { name: 'page', type: 'string' as const }]
    const project = {
      name: 'p', datasets: [], endpoints: [], entities: [{ name: 'page', key: 'page', type: 'string' as const }],
      sources: [{ name: 'visits', dataset: 'visits', id: ['id'], eventTime: 'at', columns: [...columns, { name: 'seconds', type: 'float64' as const }] }],
      views: [{ name: 'v', kind: 'aggregate' as const, entity: 'page', source: 'visits', features: [{ name: 'n', aggregate: 'count' as const, window: '1h' }] }],
      services: [{ name: 's', entities: ['page'], request: [{ name: 'seconds', type: 'float64' as const }], features: ['v.n'] }],
      models: [{
        name: 'm', service: 's', learner: { name: 'gbdt' as const }, evaluation: { metric: 'auc' as const, holdout: 0.2, baseline: { name: 'logistic' as const }, margin: 0, alpha: 0.05, approval: { policy: 'p' } },
        examples: { dataset: 'visits', time: { column: 'at' }, entities: { page: 'page' }, request: { seconds: 'seconds' }, label: { name: 'y', column: 'bought', above: 0, knownAt: 'at' } },
      }],
    }
    expect(await checkProjectData(context, project)).toEqual([])
    project.sources[0].columns.push({ name: 'nothing', type: 'float64' })
    project.models[0].examples.label.column = 'page'
    project.models[0].examples.request.seconds = 'secs'
    expect((await checkProjectData(context, project)).map(f => `${f.path} ${f.message}`)).toEqual([
      expect.stringMatching(/^sources\.visits\.columns\.nothing is no column of dataset visits/),
      expect.stringMatching(/^models\.m\.examples\.request\.seconds names the column secs/),
      expect.stringMatching(/^models\.m\.examples\.label\.column names the column page, which is string and must be float64/),
    ])
  })

  it('says what is wrong', async () => {
    await put('broken.parquet', 'this is no parquet')
    await put('list.ndjson', '{"a":[1,2]}\n')
    await expect(load('d', 'nowhere.csv')).rejects.toThrow(/Dataset d: there is no readable file nowhere\.csv/)
    await expect(load('d', 'a.xlsx')).rejects.toThrow(/must be a \.parquet/)
    await expect(load('d')).rejects.toThrow(/at least one file/)
    await expect(load('d', 'one.csv', 'a.parquet')).rejects.toThrow(/one format/)
    await expect(load('d', 'broken.parquet')).rejects.toMatchObject({ code: 'invalid_definition' })
    await expect(load('d', 'list.ndjson')).rejects.toThrow(/column a has the type/)
    await expect(getDatasetHead(context.metadata, 'none')).rejects.toMatchObject({ code: 'not_found' })
    await expect(loadDataset(context, 'none')).rejects.toMatchObject({ code: 'not_found' })
  })
})
