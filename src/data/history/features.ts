// All features of a service for the rows of the temporary table `examples`.
//
// Each view gives a table with one row an example, in the order of the examples: they are laid side by side, and nothing is joined or sorted again.
import { SlipwayError } from '../../core/errors.ts'
import type { SourceDefinition } from '../../core/definition.ts'
import type { EngineSession } from '../../core/ports/engine.ts'
import type { HistoryMode } from '../../core/ports/features.ts'
import { tableRows } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'
import { columnsRead, type CompiledService, type Origin } from '../compiled-service.ts'
import type { DatasetVersion } from '../dataset.ts'
import type { OnDemandRunner } from '../on-demand/on-demand.ts'
import { createAggregates } from './aggregates.ts'
import { createLatest } from './latest.ts'
import { createOnDemand } from './on-demand-columns.ts'
import { createSourceTable, openSourceRows, type HistoryContext, type SourceRows } from './source-rows.ts'
import { addExampleKeys } from './view-key.ts'

export interface FeatureInputs {
  service: CompiledService
  /** The dataset version of each source, by name. */
  versions: ReadonlyMap<string, DatasetVersion>
  onDemand: OnDemandRunner
  /** Prediction times in [from, to). */
  range: { from: Micros; to: Micros }
  mode: HistoryMode
}

/** Computes them; returns a FROM clause with a row for each example, in their order, of which `columnSql` names the values. `examples` is called x there. */
export async function createFeatures(session: EngineSession, context: HistoryContext, { service, versions, onDemand, range, mode }: FeatureInputs): Promise<string> {
  const tables: string[] = []
  const all = service.views.flatMap(v => [v, ...v.lookups.map(l => l.plan)])
  const examples = Number(tableRows(await session.query('SELECT count(*) AS n FROM examples'))[0].n)
  const keyOf = await addExampleKeys(session, { ...service, views: service.views.filter(v => v.view.kind === 'aggregate') })
  const opened = new Map<SourceDefinition, { rows: SourceRows; table: string | null; name: string }>()
  const open = async (source: SourceDefinition): Promise<{ rows: SourceRows; table: string | null; name: string }> => {
    const found = opened.get(source)
    if (found !== undefined) return found
    const version = versions.get(source.name)
    if (version === undefined) throw new RangeError(`no dataset version for source ${source.name}`)
    const name = `rows_${opened.size}`
    const made = { rows: await openSourceRows(session, context, name, source, version, columnsRead(all.filter(v => v.source === source))), table: null, name }
    opened.set(source, made)
    return made
  }
  const tableOf = async (source: SourceDefinition): Promise<string> => {
    const made = await open(source)
    if (made.table !== null) return made.table
    made.table = `source_${made.name}`
    await createSourceTable(session, made.table, made.rows, mode)
    return made.table
  }
  const close = async (): Promise<void> => {
    for (const { rows, table, name } of opened.values()) {
      if (table !== null) await session.run(`DROP TABLE ${table}`)
      if (rows.from === name) await session.run(`DROP TABLE ${name}`)
    }
    opened.clear()
  }
  const looksUp = service.views.some(v => v.lookups.length > 0)
  for (const source of new Set(service.views.map(v => v.source))) {
    for (const view of service.views.filter(v => v.source === source)) {
      const out = `view_${service.views.indexOf(view)}`
      if (view.view.kind === 'aggregate') await createAggregates(session, out, view, keyOf(view), tableOf)
      else await createLatest(session, out, view, (await open(source)).rows, { keys: view.entities.map(e => `e${service.content.service.entities.indexOf(e.name)}`), examples, range, mode, facts: context.facts })
      tables.push(out)
    }
    // Only look-ups come back to a source.
    if (!looksUp) await close()
  }
  await close()
  return addOnDemand(session, service, tables, onDemand)
}

/** The FROM clause over views' tables (`n` and `f<slot>`, a row for each example), with the on-demand functions computed over them. */
export async function addOnDemand(session: EngineSession, service: CompiledService, tables: readonly string[], onDemand: OnDemandRunner): Promise<string> {
  for (const table of tables) await putInOrder(session, table)
  if (service.onDemand.length === 0) return besideSql(tables)
  await createOnDemand(session, service, tables, onDemand)
  await putInOrder(session, 'on_demand')
  return besideSql([...tables, 'on_demand'])
}

function besideSql(tables: readonly string[]): string { return `examples AS x${tables.map(t => ` POSITIONAL JOIN ${t}`).join('')}` }

/** Holds a table to the rows of `examples`: each of them once, in their order. */
export async function putInOrder(session: EngineSession, table: string): Promise<void> {
  const isOff = async (): Promise<boolean> => tableRows(await session.query(`SELECT count(*) > 0 AS "off" FROM examples AS x POSITIONAL JOIN ${table} AS v WHERE x.n IS DISTINCT FROM v.n`))[0].off === true
  if (!await isOff()) return
  await session.run(`CREATE OR REPLACE TEMP TABLE put_in_order AS SELECT * FROM ${table} ORDER BY n; DROP TABLE ${table}; ALTER TABLE put_in_order RENAME TO ${table}`)
  if (await isOff()) throw new SlipwayError('internal', `The rows of ${table} are not those of the examples.`)
}

/** The engine's column of a value. */
export function columnSql(origin: Origin): string {
  return `${origin.from === 'request' ? 'r' : origin.from === 'lookup' ? 'f' : 'd'}${origin.index}`
}
