import { Type } from 'typebox'
import { SlipwayError } from '../../core/errors.ts'
import type { App } from '../server-state.ts'
import type { NativeParts } from './parts.ts'
import { Limit, Name } from './schemas.ts'
import { withTimes } from './times.ts'

const IndexPath = Type.Object({ index: Type.Integer({ minimum: 0 }) })

/** The one audit log, to read and to prove. */
export function ledgerRoutes(app: App, { platform }: NativeParts): void {
  const { ledger } = platform.metadata
  const config = { access: 'read' as const }

  app.get('/api/v1/ledger', {
    config,
    schema: {
      tags: ['ledger'], summary: 'Entries, newest first unless order=asc',
      querystring: Type.Object({
        after: Type.Optional(Type.Integer({ minimum: 0, description: 'Go on from this index, in the order asked for' })), limit: Type.Optional(Limit),
        action: Type.Optional(Name), subject: Type.Optional(Name), order: Type.Optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')], { default: 'desc' })),
      }, { additionalProperties: false }),
    },
  }, async request => {
    const { order = 'desc', limit = 100, ...filter } = request.query
    const entries = await ledger.list({ ...filter, limit, reverse: order === 'desc' })
    return { size: ledger.size, entries: withTimes(entries) }
  })

  app.get('/api/v1/ledger/checkpoint', { config, schema: { tags: ['ledger'], summary: 'The newest checkpoint, a C2SP signed note' } },
    async (_request, reply) => reply.type('text/plain; charset=utf-8').send(await ledger.checkpoint()))

  app.get('/api/v1/ledger/:index', { config, schema: { tags: ['ledger'], summary: 'One entry', params: IndexPath } }, async request => {
    const entry = await ledger.get(request.params.index)
    if (entry === null) throw new SlipwayError('not_found', `The ledger has ${ledger.size} entries, and none at ${request.params.index}.`)
    return withTimes(entry)
  })

  app.get('/api/v1/ledger/:index/proof', { config, schema: { tags: ['ledger'], summary: 'Proof that an entry is in the tree of `size` leaves', params: IndexPath, querystring: Type.Object({ size: Type.Optional(Type.Integer({ minimum: 1 })) }, { additionalProperties: false }) } }, request => {
    const { index } = request.params
    const size = request.query.size ?? ledger.size
    if (size > ledger.size || index >= size) throw new SlipwayError('not_found', `A tree of ${size} leaves has no proof for entry ${index}; the ledger has ${ledger.size} entries.`)
    return ledger.prove(index, size)
  })
}
