// All features of a service for the rows of the temporary table `examples`.
import type { EngineSession } from '../../core/ports/engine.ts'
import { emptyColumn, getValue, setValue, type ColumnData } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'
import type { BlobStore } from '../../store/index.ts'
import { columnsRead, type CompiledService, type Origin } from '../compiled-service.ts'
import type { DatasetVersion } from '../dataset.ts'
import type { OnDemandRunner } from '../on-demand/on-demand.ts'
import { createSourceTable } from '../source.ts'
import { createAggregates } from './aggregates.ts'
import { createLatest } from './latest.ts'
import { addExampleKeys } from './view-key.ts'

/**
 * Creates the temporary table `features`: `n`, `f<slot>` for each look-up and `d<i>` for each on-demand feature, a row for each example.
 * `versions`: the dataset version of each source, by name.
 */
export async function createFeatures(session: EngineSession, service: CompiledService, versions: ReadonlyMap<string, DatasetVersion>, blobs: BlobStore, onDemand: OnDemandRunner, range: { from: Micros; to: Micros }): Promise<void> {
  const tables: string[] = []
  const keyOf = await addExampleKeys(session, service)
  for (const [i, source] of [...new Set(service.views.map(v => v.source))].entries()) {
    const views = service.views.filter(v => v.source === source)
    const version = versions.get(source.name)
    if (version === undefined) throw new RangeError(`no dataset version for source ${source.name}`)
    await createSourceTable(session, `source_${i}`, source, version, blobs, columnsRead(views))
    for (const view of views) {
      const out = `view_${service.views.indexOf(view)}`
      if (view.view.kind === 'aggregate') await createAggregates(session, out, view, keyOf(view), `source_${i}`, range)
      else await createLatest(session, out, view, keyOf(view), `source_${i}`)
      tables.push(out)
    }
    await session.run(`DROP TABLE source_${i}`)
  }
  await joinOnDemand(session, service, tables, onDemand)
  for (const table of tables) await session.run(`DROP TABLE ${table}`)
}

/** Creates `features` out of the views' tables, with the on-demand functions computed over them. */
export async function joinOnDemand(session: EngineSession, service: CompiledService, tables: readonly string[], onDemand: OnDemandRunner): Promise<void> {
  const joined = `examples${tables.map(t => ` JOIN ${t} USING (n)`).join('')}`
  if (service.onDemand.length > 0) {
    const needed = [...new Set(service.onDemand.flatMap(f => f.origins.map(columnSql)))]
    const inputs = await session.query(`SELECT n${needed.map(c => `, ${c}`).join('')} FROM ${joined} ORDER BY n`)
    const columns: ColumnData[] = service.onDemand.map(f => emptyColumn(f.type, inputs.rows))
    const request: (ColumnData | null)[] = service.request.map((_, i) => inputs.columns[needed.indexOf(`r${i}`) + 1] ?? null)
    const lookups: (ColumnData | null)[] = service.lookups.map((_, i) => inputs.columns[needed.indexOf(`f${i}`) + 1] ?? null)
    request.forEach((_, i) => { if (!needed.includes(`r${i}`)) request[i] = null })
    lookups.forEach((_, i) => { if (!needed.includes(`f${i}`)) lookups[i] = null })
    for (let i = 0; i < inputs.rows; i++) {
      const values = onDemand.compute(request.map(c => c && getValue(c, i)), lookups.map(c => c && getValue(c, i)))
      values.forEach((v, k) => { setValue(columns[k], i, v) })
    }
    await session.load('on_demand', { rows: inputs.rows, schema: [{ name: 'n', type: 'int64' }, ...service.onDemand.map((f, k) => ({ name: `d${k}`, type: f.type }))], columns: [inputs.columns[0], ...columns] })
  }
  const onDemandJoin = service.onDemand.length > 0 ? ' JOIN on_demand USING (n)' : ''
  const outputs = [...service.lookups.map((_, i) => `f${i}`), ...service.onDemand.map((_, i) => `d${i}`)]
  await session.run(`CREATE OR REPLACE TEMP TABLE features AS SELECT n${outputs.map(c => `, ${c}`).join('')} FROM ${joined}${onDemandJoin} ORDER BY n`)
}

/** The engine's column of a value. */
export function columnSql(origin: Origin): string {
  return `${origin.from === 'request' ? 'r' : origin.from === 'lookup' ? 'f' : 'd'}${origin.index}`
}
