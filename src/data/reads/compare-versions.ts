// What differs between two dataset versions: columns, rows, and by the id of a source which keys came, went and changed.
import type { Actor } from '../../core/actor.ts'
import type { SourceDefinition } from '../../core/definition.ts'
import type { EngineSession } from '../../core/ports/engine.ts'
import type { Column, ColumnType } from '../../core/schema.ts'
import { tableRows } from '../../core/table.ts'
import type { LocalJournal } from '../../store/index.ts'
import { datasetSql } from '../dataset-reader.ts'
import { assertContent, withSession, type DataContext } from '../dataset.ts'
import { eventIdSql } from '../event-id.ts'
import { fits } from '../source.ts'
import { identifier } from '../sql.ts'
import { assertPurpose, readPurpose } from './purpose.ts'
import { findVersion } from './versions.ts'

export interface CompareRequest {
  /** As `findVersion` takes them. */
  a: string
  b: string
  purpose?: string
  actor: Actor
}

export interface VersionDifference {
  a: { dataset: string; version: string; rows: number }
  b: { dataset: string; version: string; rows: number }
  schema: { added: Column[]; removed: Column[]; changed: { name: string; from: ColumnType; to: ColumnType }[] }
  /** Rows of b that a has not, and of a that b has not, in the columns that both have in one type; equal rows are counted as often as they are there. */
  rows: { added: number; removed: number; columns: string[] }
  /** By the id of each source that reads one of the datasets and finds its id in both. `changed`: a key that both have, with other rows. `first`: the first of each by their text. */
  keys: { source: string; id: string[]; added: number; removed: number; changed: number; same: number; first: { added: string[]; removed: string[]; changed: string[] } }[]
  ledger: number
}

const SHOWN = 5
const DEFAULT_PURPOSE = 'comparison of dataset versions'

/** Recorded as `dataset.compared`: it shows keys. @throws SlipwayError `not_found`, `purpose_forbidden`, `corrupt`. */
export async function compareVersions(context: DataContext & { journal: Pick<LocalJournal, 'get' | 'position'> }, request: CompareRequest): Promise<VersionDifference> {
  const { metadata, blobs, engine } = context
  const purpose = readPurpose(request.purpose, DEFAULT_PURPOSE)
  const [a, b] = [await findVersion(context, request.a), await findVersion(context, request.b)]
  const { actor } = request
  await assertPurpose(metadata, { actor, purpose, action: 'dataset.compared' }, [a.version, b.version])
  for (const version of [a, b]) await assertContent(blobs, version)
  const typeIn = (schema: readonly Column[], name: string): ColumnType | undefined => schema.find(c => c.name === name)?.type
  const common = a.schema.filter(c => typeIn(b.schema, c.name) === c.type)
  const sources = (await metadata.list<SourceDefinition & Record<string, never>>('source')).map(d => d.body as SourceDefinition)
    .filter(s => [a.dataset, b.dataset].includes(s.dataset) && s.id.every(name => common.some(c => c.name === name && fits(c, s.columns.find(x => x.name === name) ?? c))))
  const compared = await withSession(engine, async session => {
    for (const [table, version] of [['a', a], ['b', b]] as const) await session.run(`CREATE TEMP TABLE ${table} AS ${datasetSql(version, blobs, { columns: common, rowColumn: 'row of it' })}`)
    const columns = common.map(c => identifier(c.name)).join(', ')
    // A row that is there twice is another row than one that is there once.
    for (const [table, other] of [['a', 'b'], ['b', 'a']]) {
      await session.run(common.length === 0 ? `CREATE TEMP TABLE ${table}_only AS SELECT * FROM ${table} LIMIT 0` : `CREATE TEMP TABLE ${table}_only AS SELECT ${columns} FROM ${table} EXCEPT ALL SELECT ${columns} FROM ${other}`)
    }
    const keys: VersionDifference['keys'] = []
    for (const source of sources) keys.push(await compareKeys(session, source))
    return { rows: { added: await count(session, 'b_only'), removed: await count(session, 'a_only'), columns: common.map(c => c.name) }, keys }
  })
  const ledger = await metadata.record({ actor, action: 'dataset.compared', subject: `datasetVersion/${b.version}`, details: { purpose, versions: [a.version, b.version], rows: a.rows + b.rows } })
  const schema = {
    added: b.schema.filter(c => typeIn(a.schema, c.name) === undefined), removed: a.schema.filter(c => typeIn(b.schema, c.name) === undefined),
    changed: a.schema.flatMap(c => { const to = typeIn(b.schema, c.name); return to === undefined || to === c.type ? [] : [{ name: c.name, from: c.type, to }] }),
  }
  const named = ({ dataset, version, rows }: typeof a): VersionDifference['a'] => ({ dataset, version, rows })
  return { a: named(a), b: named(b), schema, ...compared, ledger }
}

async function compareKeys(session: EngineSession, source: SourceDefinition): Promise<VersionDifference['keys'][number]> {
  const id = eventIdSql(source)
  await session.run(`CREATE OR REPLACE TEMP TABLE keys AS SELECT id, bool_or("in a") AS "in a", bool_or("in b") AS "in b", bool_or(differs) AS differs FROM (
      SELECT ${id} AS id, true AS "in a", false AS "in b", false AS differs FROM a UNION ALL SELECT ${id}, false, true, false FROM b
      UNION ALL SELECT ${id}, false, false, true FROM a_only UNION ALL SELECT ${id}, false, false, true FROM b_only) WHERE id IS NOT NULL GROUP BY id`)
  const kinds = { added: '"in b" AND NOT "in a"', removed: '"in a" AND NOT "in b"', changed: '"in a" AND "in b" AND differs', same: 'NOT differs' }
  const [counts] = tableRows(await session.query(`SELECT ${Object.entries(kinds).map(([name, where]) => `count(*) FILTER (WHERE ${where}) AS ${name}`).join(', ')} FROM keys`))
  const first = async (kind: 'added' | 'removed' | 'changed'): Promise<string[]> => tableRows(await session.query(`SELECT id FROM keys WHERE ${kinds[kind]} ORDER BY id LIMIT ${SHOWN}`)).map(r => String(r.id))
  return {
    source: source.name, id: source.id, added: Number(counts.added), removed: Number(counts.removed), changed: Number(counts.changed), same: Number(counts.same),
    first: { added: await first('added'), removed: await first('removed'), changed: await first('changed') },
  }
}

async function count(session: EngineSession, table: string): Promise<number> {
  const [{ n }] = tableRows(await session.query(`SELECT count(*) AS n FROM ${table}`))
  return Number(n)
}
