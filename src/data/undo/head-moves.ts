import type { SourceDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import { suggest } from '../../core/nearest-name.ts'
import type { Metadata } from '../../metadata/index.ts'
import type { LocalJournal } from '../../store/index.ts'
import type { DatasetVersion } from '../dataset.ts'
import { datasetNames, headAt, headChanges } from './heads.ts'
import type { HeadMove, Undo } from './mark.ts'

type HeadContext = { metadata: Pick<Metadata, 'get' | 'list' | 'trail'>; journal: Pick<LocalJournal, 'get' | 'position'> }

/**
 * The heads that differ from what they were at a position. Default: those of datasets that were imported, of a source only its own; training sets and other
 * derived datasets go back when they are named.
 * @throws SlipwayError `not_found` for a name that never was a dataset.
 */
export async function findHeadMoves({ metadata, journal }: HeadContext, undos: readonly Undo[], to: number, wanted: { source: SourceDefinition | null; datasets?: readonly string[] }): Promise<HeadMove[]> {
  const heads = new Map((await metadata.list<{ version: string }>('datasetHead')).map(h => [h.id, h.body.version]))
  const known = await datasetNames(metadata, undos)
  for (const name of wanted.datasets ?? []) {
    if (!known.includes(name)) throw new SlipwayError('not_found', `There is no dataset ${name}.${suggest(name, known)}`, { faults: [{ path: 'datasets', message: `names ${name}, which is no dataset` }] })
  }
  const moves: HeadMove[] = []
  for (const dataset of known) {
    if (wanted.datasets === undefined ? wanted.source !== null && wanted.source.dataset !== dataset : !wanted.datasets.includes(dataset)) continue
    const from = heads.get(dataset) ?? null
    const target = headAt(await headChanges(metadata, journal, dataset), to)
    if (from === target) continue
    if (wanted.datasets === undefined && await isDerived(metadata, from ?? target)) continue
    moves.push({ dataset, from, to: target })
  }
  return moves
}

async function isDerived(metadata: Pick<Metadata, 'get'>, version: string | null): Promise<boolean> {
  if (version === null) return false
  return (await metadata.get<DatasetVersion>('datasetVersion', version))?.body.derivation != null
}
