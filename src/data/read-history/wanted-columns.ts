// The columns that entity rows must have for the features that are asked for.
import { SlipwayError, type ErrorCode, type Fault } from '../../core/errors.ts'
import { suggest } from '../../core/nearest-name.ts'
import type { EngineSession } from '../../core/ports/engine.ts'
import type { Column } from '../../core/schema.ts'
import { tableRows } from '../../core/table.ts'
import type { CompiledService } from '../compiled-service.ts'
import { columnTypeOf, SQL_TYPE } from '../sql.ts'

/** A column that rows have: its expression over `given`, and the engine's type. */
export interface GivenColumn { name: string; sql: string; type: string }

export interface WantedColumn extends Column { role: 'time' | 'key' | 'request'; optional: boolean; /** The entity whose key it is. */ entity?: string }

/** The time, the keys of the entities that views read, and request features. @throws SlipwayError `invalid_request` where one name has two roles of other types. */
export function wantedColumns(service: CompiledService, timestamp: string): WantedColumn[] {
  const entities = [...new Map(service.views.flatMap(v => v.entities).map(e => [e.name, e])).values()]
  const wanted: WantedColumn[] = [
    { name: timestamp, type: 'timestamp', role: 'time', optional: false },
    ...entities.map((e): WantedColumn => ({ name: e.key, type: e.type, role: 'key', optional: false, entity: e.name })),
    ...service.request.map((r): WantedColumn => ({ name: r.name, type: r.type, role: 'request', optional: r.optional })),
  ]
  for (const w of wanted) {
    const other = wanted.find(o => o.name === w.name && o.type !== w.type)
    if (other !== undefined) throw new SlipwayError('invalid_request', `The column ${w.name} would be ${w.type} as a ${w.role} and ${other.type} as a ${other.role}; name another time column with "timestamp".`)
  }
  return wanted
}

const CODES: Record<WantedColumn['role'], ErrorCode> = { time: 'invalid_request', key: 'missing_entity', request: 'missing_request_field' }

/**
 * The engine's expression of each wanted column over `given`, in its type; null for an optional one that is not there.
 * @throws SlipwayError `missing_entity`, `missing_request_field`, `invalid_request` with every column that is missing; `wrong_type`, `value_out_of_range`.
 */
export async function castWanted(session: EngineSession, wanted: readonly WantedColumn[], given: readonly GivenColumn[]): Promise<(string | null)[]> {
  const missing = wanted.filter(w => !w.optional && !given.some(g => g.name === w.name))
  if (missing.length > 0) {
    const names = given.map(g => g.name)
    const faults = missing.map((w): Fault => ({ path: w.name, message: `is missing: ${roleText(w)}.${suggest(w.name, names)}` }))
    throw new SlipwayError(CODES[missing[0].role], `The rows lack columns: ${faults.map(f => `${f.path} ${f.message}`).join(' ')} They have ${names.join(', ') || 'none'}.`, { faults, remedy: 'Add the columns that are named.' })
  }
  const casts: (string | null)[] = []
  for (const w of wanted) {
    const found = given.find(g => g.name === w.name)
    casts.push(found === undefined ? null : await castColumn(session, w, found))
  }
  return casts
}

function roleText({ role, entity }: WantedColumn): string {
  return role === 'key' ? `the key of the entity ${entity}` : role === 'time' ? 'the time as of which features are read' : 'a feature of the request'
}

async function castColumn(session: EngineSession, w: WantedColumn, { sql, type, name }: GivenColumn): Promise<string> {
  const have = type === 'UBIGINT' ? 'int64' : columnTypeOf(type)
  if (have !== w.type && !(have === 'int64' && w.type === 'float64')) {
    // A column in which nothing stands has the type of whoever wrote it.
    if (tableRows(await session.query(`SELECT count(${sql}) AS n FROM given`))[0].n === 0) return `CAST(NULL AS ${SQL_TYPE[w.type]})`
    const hint = have === 'float64' && w.type === 'int64' ? " (pandas makes float64 of whole numbers with missing ones; use the type 'Int64')" : have === 'string' && w.type === 'timestamp' ? ' (in pandas: pd.to_datetime(column, utc=True))' : ''
    throw new SlipwayError('wrong_type', `The column ${name} must be ${w.type}, as ${roleText(w)}, and is ${have ?? type}${hint}.`, { faults: [{ path: name, message: `must be ${w.type}` }] })
  }
  const bad = async (where: string, what: string): Promise<void> => {
    const [{ row }] = tableRows(await session.query(`SELECT min(n) AS row FROM given WHERE ${where}`))
    if (row !== null) throw new SlipwayError('value_out_of_range', `Row ${Number(row) + 1}, column ${name}: ${what}.`, { faults: [{ path: name, message: what }], remedy: 'Write null where a value is missing.' })
  }
  switch (w.type) {
    case 'timestamp':
      // Infinite times of the engine have no microseconds.
      await bad(`${sql} IS NOT NULL AND (epoch_us(${sql}) IS NULL OR abs(epoch_us(${sql})) > ${Number.MAX_SAFE_INTEGER})`, 'the time is beyond the years that can be told exactly')
      return `make_timestamptz(epoch_us(${sql}))`
    case 'float64':
      await bad(`isnan(CAST(${sql} AS DOUBLE)) OR isinf(CAST(${sql} AS DOUBLE))`, 'the number is not finite')
      // Adding zero turns −0 into 0.
      return `(CAST(${sql} AS DOUBLE) + 0.0)`
    case 'int64':
      if (type === 'UBIGINT') await bad(`${sql} > 9223372036854775807`, 'the whole number is beyond 64 bits with a sign')
      return `CAST(${sql} AS BIGINT)`
    default: return `CAST(${sql} AS ${SQL_TYPE[w.type]})`
  }
}
