import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { SlipwayError } from '../../core/errors.ts'
import type { DatasetVersion, ExportFacts } from '../../data/index.ts'
import type { App } from '../server-state.ts'
import type { NativeParts } from './parts.ts'
import { Name, NamedPath, Purpose } from './schemas.ts'
import { withTimes } from './times.ts'

const Version = Type.String({ minLength: 1, maxLength: 300, description: 'DATASET, DATASET@VERSION, or a version; of a version six characters or more' })

interface Lineage { lineage: { trainingSet: string; parents: string[] } }

/** Versions of datasets, what differs between two, and their rows as files. */
export function datasetReads(app: App, { platform }: NativeParts): void {
  const { data, metadata } = platform
  const config = { access: 'read' as const }

  app.get('/api/v1/datasets/:name/versions', { config, schema: { tags: ['data'], summary: 'The versions of a dataset, newest first, and what was made of each', params: NamedPath } }, async request => {
    const versions = await data.datasetVersions(request.params.name)
    const bodies = async <T>(kind: string): Promise<T[]> => (await metadata.list<T>(kind)).map(d => d.body)
    const [derived, models, releases] = [await bodies<DatasetVersion>('datasetVersion'), await bodies<Lineage & { model: string; version: number }>('modelVersion'), await bodies<Lineage & { id: string }>('release')]
    return withTimes({
      dataset: request.params.name,
      versions: versions.map(v => {
        const sets = derived.filter(d => d.parents.includes(v.version)).sort((x, y) => (x.name < y.name ? -1 : 1))
        const made = new Set([v.version, ...sets.map(s => s.version)])
        const uses = ({ lineage }: Lineage): boolean => made.has(lineage.trainingSet) || lineage.parents.includes(v.version)
        return { ...v, usedBy: { sets: sets.map(({ name, version, rows }) => ({ name, version, rows })), models: models.filter(uses).map(m => ({ model: m.model, version: m.version })), releases: releases.filter(uses).map(r => r.id) } }
      }),
    })
  })

  app.get('/api/v1/datasets/compare', {
    config,
    schema: { tags: ['data'], summary: 'What differs between two dataset versions: columns, rows, and keys by the id of each source', description: 'It names a few keys, so it is recorded as `dataset.compared`.', querystring: Type.Object({ a: Version, b: Version, purpose: Type.Optional(Purpose) }, { additionalProperties: false }) },
    exposeHeadRoute: false,
  }, async request => data.compareVersions({ ...request.query, actor: request.principal.actor }))

  app.get('/api/v1/datasets/:name/export', {
    config,
    schema: {
      tags: ['data'], summary: 'The rows of a dataset version as Parquet or CSV, streamed; needs a token and a purpose, and is recorded as `dataset.exported`', params: NamedPath,
      description: 'Headers: slipway-version, slipway-rows, slipway-ledger; slipway-digest is the SHA-256 of the bytes where they are the imported file.',
      querystring: Type.Object({ version: Type.Optional(Name), format: Type.Optional(Type.Union([Type.Literal('parquet'), Type.Literal('csv')], { default: 'parquet' })), purpose: Type.Optional(Purpose) }, { additionalProperties: false }),
    },
    exposeHeadRoute: false,
  }, async (request, reply) => {
    const { actor } = request.principal
    if (actor.kind === 'anonymous') throw new SlipwayError('unauthenticated', 'An export is recorded with who took it, and this came without a token.')
    const { version, format = 'parquet', purpose } = request.query
    const { name } = request.params
    const items = data.exportDataset({ version: version === undefined ? name : `${name}@${version}`, format, purpose, actor })[Symbol.asyncIterator]()
    const first = await items.next()
    const facts = first.value as ExportFacts
    reply.header('content-type', format === 'csv' ? 'text/csv; charset=utf-8' : 'application/vnd.apache.parquet')
      .header('content-length', facts.bytes).header('content-disposition', `attachment; filename="${facts.dataset}-${facts.version.slice(0, 12)}.${format}"`)
      .header('slipway-version', facts.version).header('slipway-rows', facts.rows).header('slipway-ledger', facts.ledger)
    if (facts.digest !== null) reply.header('slipway-digest', facts.digest)
    return reply.send(Readable.from(rest(items), { objectMode: false }))
  })
}

async function* rest(items: AsyncIterator<ExportFacts | Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (let next = await items.next(); next.done !== true; next = await items.next()) yield next.value as Uint8Array
  } finally { await items.return?.() }
}
