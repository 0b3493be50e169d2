// The versions of a dataset: those that its head ever was, and those that it brought first.
import { SlipwayError } from '../../core/errors.ts'
import { suggest } from '../../core/nearest-name.ts'
import type { Column } from '../../core/schema.ts'
import type { Micros } from '../../core/time.ts'
import type { LedgerEntry, Metadata } from '../../metadata/index.ts'
import type { LocalJournal } from '../../store/index.ts'
import { getDatasetVersion, type DatasetVersion } from '../dataset.ts'
import { headChanges } from '../undo/heads.ts'

export interface VersionFacts {
  version: string
  rows: number
  schema: Column[]
  format: DatasetVersion['format']
  files: DatasetVersion['files']
  parents: string[]
  /** Made from others, such as a training set. */
  derived: boolean
  /** The dataset stands there now. */
  head: boolean
  /** When it became the head last, by whom, as which ledger entry, at which position of the journal. */
  at: Micros
  actor: string
  ledger: number
  position: number | null
}

type VersionContext = { metadata: Pick<Metadata, 'get' | 'list' | 'trail'>; journal: Pick<LocalJournal, 'get' | 'position'> }

/** The newest first. @throws SlipwayError `not_found` for a name that never was a dataset. */
export async function listVersions({ metadata, journal }: VersionContext, dataset: string): Promise<VersionFacts[]> {
  const head = (await metadata.get<{ version: string }>('datasetHead', dataset))?.body.version
  const changes = await headChanges(metadata, journal, dataset)
  if (head === undefined && changes.length === 0) await refuse(metadata, dataset)
  const last = new Map<string, { entry: LedgerEntry; position: number | null }>()
  // An undo that went back to a version did not make it.
  for (const { version, entry, position } of changes) if (version !== null && (entry.action !== 'data.undone' || !last.has(version))) last.set(version, { entry, position })
  const facts: VersionFacts[] = []
  for (const [version, { entry, position }] of last) {
    const { rows, schema, format, files, parents, derivation } = await getDatasetVersion(metadata as Metadata, version)
    facts.push({ version, rows, schema, format, files, parents, derived: derivation !== null, head: version === head, at: entry.at, actor: entry.actor, ledger: entry.index, position })
  }
  return facts.sort((a, b) => b.ledger - a.ledger)
}

/** The version that words name: `DATASET` (where it stands), `DATASET@VERSION`, or a version; a version by its first six or more characters. @throws SlipwayError `not_found`, `invalid_request` (several begin so). */
export async function findVersion(context: VersionContext, words: string): Promise<DatasetVersion & { dataset: string }> {
  const { metadata } = context
  const [before, after] = words.includes('@') ? [words.slice(0, words.lastIndexOf('@')), words.slice(words.lastIndexOf('@') + 1)] : [words, undefined]
  if (after === undefined && /^[0-9a-f]{6,64}$/.test(before) && await metadata.get('datasetHead', before) === null) {
    const found = await byPrefix(metadata, before, null)
    return { ...found, dataset: found.name }
  }
  if (after === undefined) {
    const head = (await metadata.get<{ version: string }>('datasetHead', before))?.body.version
    if (head === undefined) return refuse(metadata, before)
    return { ...await getDatasetVersion(metadata as Metadata, head), dataset: before }
  }
  const versions = new Set((await listVersions(context, before)).map(v => v.version))
  return { ...await byPrefix(metadata, after, { dataset: before, versions }), dataset: before }
}

async function byPrefix(metadata: Pick<Metadata, 'list'>, prefix: string, of: { dataset: string; versions: ReadonlySet<string> } | null): Promise<DatasetVersion> {
  if (!/^[0-9a-f]{6,64}$/.test(prefix)) throw new SlipwayError('invalid_request', `${JSON.stringify(prefix)} is no version: versions are 64 hexadecimal digits, of which the first six or more are given.`)
  const found = (await metadata.list<DatasetVersion & Record<string, never>>('datasetVersion', { prefix, limit: 100 })).map(d => d.body as DatasetVersion).filter(v => of === null || of.versions.has(v.version))
  if (found.length === 0) throw new SlipwayError('not_found', of === null ? `There is no dataset version ${prefix}.` : `Dataset ${of.dataset} has no version ${prefix}.`, { remedy: '`slipway data versions DATASET` lists them.' })
  if (found.length > 1) throw new SlipwayError('invalid_request', `${prefix} begins ${found.length} versions: ${found.map(v => v.version.slice(0, 16)).join(', ')}. Give more of it.`)
  return found[0]
}

async function refuse(metadata: Pick<Metadata, 'get' | 'list'>, dataset: string): Promise<never> {
  if (await metadata.get('dataset', dataset) !== null) throw new SlipwayError('not_found', `Dataset ${dataset} has no version yet; \`slipway apply\` imports its files.`)
  const names = [...(await metadata.list('dataset')).map(d => d.id), ...(await metadata.list('datasetHead')).map(d => d.id)]
  throw new SlipwayError('not_found', `There is no dataset ${dataset}.${suggest(dataset, [...new Set(names)])}`)
}
