// The skew check: what was logged at serving against what history says, to the bit.
import type { FeatureContent } from '../../core/definition.ts'
import type { EngineSession } from '../../core/ports/engine.ts'
import type { Value } from '../../core/schema.ts'
import { getValue, type ColumnData, type Table } from '../../core/table.ts'
import type { Journal } from '../../store/index.ts'
import { compileService, type CompiledService } from '../compiled-service.ts'
import { withSession, type DataContext } from '../dataset.ts'
import { identifier } from '../sql.ts'
import { createEventTables } from './as-of-events.ts'
import { createAsOfView } from './as-of-views.ts'
import { addOnDemand, columnSql } from './features.ts'
import { requiredColumn } from './journal-rows.ts'
import { loadRunner } from './training-set.ts'
import { addExampleKeys } from './view-key.ts'

export interface FeatureDifference { sequence: number; feature: string; logged: Value; recomputed: Value }

export interface FeatureCheck {
  predictions: number
  /** Feature values compared, and how many differ in any bit. */
  compared: number
  different: number
  /** The first of them by sequence. */
  differences: FeatureDifference[]
}

const SHOWN = 20

/**
 * Recomputes the features of logged predictions from the journal's events and materializations, as of each prediction's position, by SQL, and compares bits.
 * @param predictions columns as in the journal's prediction streams: `sequence`, `asOf`, `eventTime`, `entity.<name>`, `request.<name>`, `f.<output>`
 *   (`collectRows` reads them)
 * @throws SlipwayError `invalid_request` when a column is missing; `not_found` or `corrupt` when a materialized dataset version is gone.
 */
export async function checkFeatures(context: DataContext & { journal: Pick<Journal, 'read'> }, content: FeatureContent, predictions: Table): Promise<FeatureCheck> {
  // A release that never answered by itself has no stream, and so no columns.
  if (predictions.rows === 0) return { predictions: 0, compared: 0, different: 0, differences: [] }
  const service = compileService(content)
  const logged = service.outputs.map(o => requiredColumn(predictions, `f.${o.name}`))
  const sequences = requiredColumn(predictions, 'sequence')
  const recomputed = await withSession(context.engine, session => recompute(session, context, service, predictions))
  const found: FeatureDifference[] = []
  let different = 0
  for (let i = 0; i < predictions.rows; i++) for (const [k, output] of service.outputs.entries()) {
    if (sameBits(logged[k], recomputed.columns[k], i)) continue
    different++
    const difference = { sequence: Number(getValue(sequences, i)), feature: output.name, logged: getValue(logged[k], i), recomputed: getValue(recomputed.columns[k], i) }
    found.push(difference)
    if (found.length > 4 * SHOWN) keepFirst(found)
  }
  keepFirst(found)
  return { predictions: predictions.rows, compared: predictions.rows * service.outputs.length, different, differences: found }
}

function keepFirst(found: FeatureDifference[]): void {
  found.sort((a, b) => a.sequence - b.sequence)
  found.splice(SHOWN)
}

function sameBits(a: ColumnData, b: ColumnData, i: number): boolean {
  const missing = a.valid?.[i] === 0
  if (missing || b.valid?.[i] === 0) return missing && b.valid?.[i] === 0
  return a.type === b.type && Object.is(a.values[i], b.values[i])
}

/** The outputs again, in the order of the predictions. */
async function recompute(session: EngineSession, context: DataContext & { journal: Pick<Journal, 'read'> }, service: CompiledService, predictions: Table): Promise<Table> {
  const onDemand = await loadRunner(context, service)
  const entities = service.content.service.entities
  const n = { type: 'int64' as const, values: BigInt64Array.from({ length: predictions.rows }, (_, i) => BigInt(i)) }
  const named: [string, ColumnData][] = [
    ['n', n], ['time', requiredColumn(predictions, 'eventTime')], ['as_of', requiredColumn(predictions, 'asOf')],
    ...entities.map((name, i): [string, ColumnData] => [`e${i}`, requiredColumn(predictions, `entity.${name}`)]),
    ...service.request.map((r, i): [string, ColumnData] => [`r${i}`, requiredColumn(predictions, `request.${r.name}`)]),
  ]
  await session.load('logged', { rows: predictions.rows, schema: named.map(([name, c]) => ({ name, type: c.type })), columns: named.map(([, c]) => c) })
  await session.run('CREATE OR REPLACE TEMP TABLE examples AS SELECT *, epoch_us("time") AS t FROM logged; DROP TABLE logged')
  const keyOf = await addExampleKeys(session, service)
  const tables: string[] = []
  const events = await createEventTables(session, context, service)
  for (const [i, view] of service.views.entries()) {
    await createAsOfView(session, `view_${i}`, view, keyOf(view), events)
    tables.push(`view_${i}`)
  }
  const from = await addOnDemand(session, service, tables, onDemand)
  const outputs = service.outputs.map(o => `${columnSql(o)} AS ${identifier(o.name)}`)
  return session.query(`SELECT ${outputs.join(', ')} FROM ${from}`)
}
