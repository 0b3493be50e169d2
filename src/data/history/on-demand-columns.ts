// On-demand functions over the rows of `examples`. They run in JavaScript: so many rows at a time, whatever the number of examples.
import type { EngineSession } from '../../core/ports/engine.ts'
import { emptyColumn, getValue, setValue, type ColumnData, type Table } from '../../core/table.ts'
import { tableRows } from '../../core/table.ts'
import type { CompiledService } from '../compiled-service.ts'
import type { OnDemandRunner } from '../on-demand/on-demand.ts'
import { SQL_TYPE } from '../sql.ts'

const CHUNK = 50_000

/** Creates the temporary table `on_demand` with `n` and `d<i>` for each function. `tables`: of the views, in the order of the examples. */
export async function createOnDemand(session: EngineSession, service: CompiledService, tables: readonly string[], onDemand: OnDemandRunner): Promise<void> {
  await session.run(`CREATE OR REPLACE TEMP TABLE on_demand (n BIGINT${service.onDemand.map((f, i) => `, d${i} ${SQL_TYPE[f.type]}`).join('')})`)
  const [{ first, last }] = tableRows(await session.query('SELECT min(n) AS first, max(n) AS last FROM examples'))
  if (first === null) return
  const origins = service.onDemand.flatMap(f => f.origins)
  const request = [...new Set(origins.filter(o => o.from === 'request').map(o => o.index))]
  const lookups = [...new Set(origins.filter(o => o.from === 'lookup').map(o => o.index))]
  const columns = [...request.map(i => `r${i}`), ...lookups.map(i => `f${i}`)]
  const used = tables.filter((_, i) => lookups.some(l => service.lookups[l].view === i))
  for (let from = Number(first); from <= Number(last); from += CHUNK) {
    const part = (table: string): string => `(SELECT * FROM ${table} WHERE n >= ${from} AND n < ${from + CHUNK})`
    const inputs = await session.query(`SELECT x.n${columns.map(c => `, ${c}`).join('')} FROM ${part('examples')} AS x${used.map(t => ` JOIN ${part(t)} AS ${t} ON ${t}.n = x.n`).join('')} ORDER BY x.n`)
    await session.load('on_demand_part', compute(service, onDemand, inputs, { request, lookups }))
    await session.run('INSERT INTO on_demand SELECT * FROM on_demand_part; DROP TABLE on_demand_part')
  }
}

/** `inputs`: `n`, the request features, then the look-ups, as listed. */
function compute(service: CompiledService, onDemand: OnDemandRunner, inputs: Table, { request, lookups }: { request: readonly number[]; lookups: readonly number[] }): Table {
  const columns: ColumnData[] = service.onDemand.map(f => emptyColumn(f.type, inputs.rows))
  const columnOf = (place: number): ColumnData | null => (place < 0 ? null : inputs.columns[place])
  const requestColumns = service.request.map((_, i) => columnOf(request.includes(i) ? 1 + request.indexOf(i) : -1))
  const lookupColumns = service.lookups.map((_, i) => columnOf(lookups.includes(i) ? 1 + request.length + lookups.indexOf(i) : -1))
  for (let i = 0; i < inputs.rows; i++) {
    const values = onDemand.compute(requestColumns.map(c => c && getValue(c, i)), lookupColumns.map(c => c && getValue(c, i)))
    values.forEach((v, k) => { setValue(columns[k], i, v) })
  }
  return { rows: inputs.rows, schema: [{ name: 'n', type: 'int64' }, ...service.onDemand.map((f, k) => ({ name: `d${k}`, type: f.type }))], columns: [inputs.columns[0], ...columns] }
}
