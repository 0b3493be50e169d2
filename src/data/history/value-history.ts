// How the features of one entity went, as online state would have answered now about each time: recomputed from the journal by SQL.
import type { FeatureContent } from '../../core/definition.ts'
import type { Actor } from '../../core/actor.ts'
import { SlipwayError } from '../../core/errors.ts'
import { coerceValue, type Column, type Row, type Value } from '../../core/schema.ts'
import { getValue, tableFromRows, tableRows } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'
import type { LocalJournal } from '../../store/index.ts'
import { columnsRead, compileService } from '../compiled-service.ts'
import { withSession, type DataContext } from '../dataset.ts'
import { assertPurpose } from '../reads/purpose.ts'
import { valueColumn } from '../source.ts'
import { countsSql, createEventTables, readMaterializations } from './as-of-events.ts'
import { createAsOfView } from './as-of-views.ts'
import { addExampleKeys } from './view-key.ts'

export interface ValueHistoryRequest {
  /** By entity name. */
  entities: Row
  from: Micros
  to: Micros
  /** Evenly spaced times, 2 to 500; default 120. The event times of the entity's newest rows are added. */
  points?: number
  /** Who reads, and what for: a dataset may forbid it. */
  reader?: { actor: Actor; purpose: string }
}

export interface ValueHistory {
  /** Journal position that it is as of. */
  asOf: number
  /** Dataset versions among what it is made from. */
  versions: string[]
  features: Column[]
  times: Micros[]
  /** One row a time, in the order of `features`. */
  values: Value[][]
  /** The newest rows of the entity, by source, with event time, known-at and journal position. */
  rows: { source: string; id: string; eventTime: Micros | null; knownAt: Micros | null; sequence: number; values: Row }[]
}

const MOST_ROWS = 100

/** @throws SlipwayError `missing_entity`, `wrong_type`, `invalid_request` for an empty range, `purpose_forbidden`. */
export async function readValueHistory(context: DataContext & { journal: Pick<LocalJournal, 'read' | 'position'> }, content: FeatureContent, request: ValueHistoryRequest): Promise<ValueHistory> {
  const service = compileService(content)
  const { from, to, points = 120 } = request
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || to <= from) throw new SlipwayError('invalid_request', 'The range is empty: `from` must be before `to`.')
  if (!Number.isInteger(points) || points < 2 || points > 500) throw new SlipwayError('invalid_request', `points must be a whole number from 2 to 500, and is ${points}.`)
  const keys = content.entities.map(({ name, type }) => {
    if (!Object.hasOwn(request.entities, name)) throw new SlipwayError('missing_entity', `entities.${name} is missing: these features are of ${content.entities.map(e => e.name).join(', ')}.`, { faults: [{ path: `entities.${name}`, message: 'is missing' }] })
    return coerceValue(request.entities[name], type, `entities.${name}`)
  })
  const asOf = context.journal.position
  const marks = await readMaterializations(context.journal)
  const sources = [...new Set(service.views.flatMap(v => [v, ...v.lookups.map(l => l.plan)]).map(v => v.source))]
  const versions = [...new Set(marks.filter(m => sources.some(s => s.name === m.source)).map(m => m.datasetVersion))]
  if (request.reader !== undefined) await assertPurpose(context.metadata, { ...request.reader, action: 'features.read' }, versions, sources.map(s => s.dataset))
  return withSession(context.engine, async session => {
    const events = await createEventTables(session, context, service)
    const rows: ValueHistory['rows'] = []
    for (const source of sources) {
      const views = service.views.filter(v => v.source === source)
      const first = views.find(v => !v.isStatic) ?? views[0]
      if (first === undefined) continue
      const where = first.keys.map((key, k) => `${valueColumn(key)} = $${k + 1}`).join(' AND ')
      const own = first.entities.map(e => keys[content.entities.findIndex(x => x.name === e.name)])
      if (own.includes(null)) continue
      const columns = source.columns.filter(c => columnsRead(views).has(c.name))
      const found = await session.query(`SELECT id, "time", known, seq, ${columns.map(c => valueColumn(c.name)).join(', ')} FROM ${events(source)} AS e WHERE ${countsSql('e', String(asOf))} AND ${where} ORDER BY "time" DESC NULLS LAST, known DESC, seq DESC LIMIT ${MOST_ROWS}`, own)
      for (const row of tableRows(found)) rows.push({ source: source.name, id: String(row.id), eventTime: row.time as number | null, knownAt: row.known as number | null, sequence: Number(row.seq), values: Object.fromEntries(columns.map(c => [c.name, row[`v.${c.name}`]])) })
    }
    const times = timesOf(from, to, points, rows)
    await session.load('asked', tableFromRows([{ name: 'n', type: 'int64' }, { name: 't', type: 'int64' }, ...content.entities.map((e, k): Column => ({ name: `e${k}`, type: e.type }))], times.map((t, n) => ({ n, t, ...Object.fromEntries(keys.map((key, k) => [`e${k}`, key])) }))))
    await session.run(`CREATE OR REPLACE TEMP TABLE examples AS SELECT *, ${asOf}::BIGINT AS as_of FROM asked; DROP TABLE asked`)
    const keyOf = await addExampleKeys(session, service)
    const tables: string[] = []
    for (const [v, view] of service.views.entries()) {
      await createAsOfView(session, `view_${v}`, view, keyOf(view), events)
      tables.push(`view_${v}`)
    }
    const table = await session.query(`SELECT n, ${service.lookups.map((_, i) => `f${i}`).join(', ')} FROM examples${tables.map(t => ` JOIN ${t} USING (n)`).join('')} ORDER BY n`)
    return { asOf, versions, features: service.lookups.map(({ name, type }) => ({ name, type })), times, values: times.map((_, i) => table.columns.slice(1).map(c => getValue(c, i))), rows }
  })
}

/** Both ends, even steps between them, and where the entity's rows lie. */
function timesOf(from: Micros, to: Micros, points: number, rows: ValueHistory['rows']): Micros[] {
  const times = new Set(Array.from({ length: points }, (_, i) => from + Math.round(((to - from) * i) / (points - 1))))
  for (const { eventTime, knownAt } of rows) for (const t of [eventTime, knownAt]) if (t !== null && t >= from && t <= to) times.add(t)
  return [...times].sort((a, b) => a - b)
}
