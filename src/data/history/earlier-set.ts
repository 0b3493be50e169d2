// What an earlier training set holds need not be computed again: a row's features at its prediction time do not depend on which other rows are asked for.
import type { Json } from '../../core/canonical.ts'
import { digestOf } from '../../core/digest.ts'
import type { ExamplesDefinition } from '../../core/definition.ts'
import type { EngineSession } from '../../core/ports/engine.ts'
import { tableRows } from '../../core/table.ts'
import type { HistoryMode } from '../../core/ports/features.ts'
import type { Micros } from '../../core/time.ts'
import type { CompiledService } from '../compiled-service.ts'
import { filesSql } from '../dataset-reader.ts'
import type { DataContext, DatasetVersion } from '../dataset.ts'
import { identifier } from '../sql.ts'
import { createExamples } from './examples.ts'

/** The derivation that a training set's dataset version records. */
export interface Derivation { service: string; contentDigest: string; examples: ExamplesDefinition; /** Absent in sets made before there were two: known-at. */ mode?: HistoryMode; from: Micros; to: Micros; labelsKnownBy: Micros; sources: { [source: string]: string }; keepUnlabelled?: boolean }

interface Wanted { derivation: Derivation; parents: readonly string[] }

/**
 * The one of these versions that shares most prediction times with what is wanted, made by the same definitions from the same dataset versions;
 * null when there is none.
 */
export async function findEarlier({ metadata, blobs }: DataContext, wanted: Wanted, versions: readonly (string | undefined)[]): Promise<DatasetVersion | null> {
  let best: { version: DatasetVersion; shared: Micros } | null = null
  for (const id of new Set(versions)) {
    const version = id === undefined ? undefined : (await metadata.get<DatasetVersion>('datasetVersion', id))?.body
    const made = version?.derivation as unknown as Derivation | null | undefined
    if (version === undefined || made == null || sourcesOf(version.parents, made) !== sourcesOf(wanted.parents, wanted.derivation)) continue
    const shared = Math.min(made.to, wanted.derivation.to) - Math.max(made.from, wanted.derivation.from)
    if (shared <= 0 || (best !== null && best.shared >= shared) || version.rows === 0) continue
    if ((await Promise.all(version.files.map(f => blobs.has(f.digest)))).every(Boolean)) best = { version, shared }
  }
  return best?.version ?? null
}

/** All that decides a row's values. */
function sourcesOf(parents: readonly string[], { service, contentDigest, examples, mode = 'knownAt', sources }: Derivation): string {
  return digestOf({ parents: [...parents], service, contentDigest, examples: { ...examples, mode }, sources } as unknown as Json)
}

/**
 * Creates the temporary table `earlier`: `source_row`, the row of the examples' dataset, and `place`, its row in the earlier set. False when the set does not
 * have the rows that its derivation gives now: then nothing is taken from it.
 */
export async function createEarlier(session: EngineSession, context: DataContext, service: CompiledService, examples: DatasetVersion, earlier: DatasetVersion): Promise<boolean> {
  const made = earlier.derivation as unknown as Derivation
  const rows = await createExamples(session, service, made.examples, examples, context.blobs, made)
  if (rows !== earlier.rows) return false
  await session.run('CREATE OR REPLACE TEMP TABLE earlier AS SELECT source_row, n AS place FROM examples')
  return true
}

/** Leaves in `examples` only what has to be computed, and keeps the rest in the temporary table `kept` (`n`, `place`). Returns the times that are left. */
export async function setAside(session: EngineSession): Promise<{ rows: number; from: Micros; to: Micros }> {
  await session.run(`CREATE OR REPLACE TEMP TABLE kept AS SELECT x.n, earlier.place FROM examples AS x JOIN earlier USING (source_row);
    CREATE OR REPLACE TEMP TABLE wanted AS SELECT * FROM examples;
    CREATE OR REPLACE TEMP TABLE examples AS SELECT * FROM wanted ANTI JOIN kept USING (n) ORDER BY n; DROP TABLE wanted; DROP TABLE earlier`)
  const [{ rows, first, last }] = tableRows(await session.query('SELECT count(*) AS rows, min(t) AS first, max(t) AS last FROM examples'))
  return { rows: Number(rows), from: Number(first ?? 0), to: Number(last ?? 0) + 1 }
}

/** Rows of `kept` with the named columns of the earlier set. */
export function keptSql({ blobs }: DataContext, earlier: DatasetVersion, columns: readonly string[]): string {
  const path = filesSql('parquet', earlier.files.map(f => blobs.path(f.digest)))
  return `SELECT kept.n, ${columns.map(identifier).join(', ')} FROM kept JOIN (SELECT * FROM ${path.slice(0, -1)}, file_row_number = true)) AS old ON old.file_row_number = kept.place`
}
