import { Type } from 'typebox'
import type { ModelDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { App } from '../server-state.ts'
import { ndjsonReply } from '../ndjson.ts'
import type { NativeParts } from './parts.ts'
import { DryRun, Limit, Name, readOptionalTime, readTime, Time } from './schemas.ts'
import { withTimes } from './times.ts'

const ModelPath = Type.Object({ model: Name })
const VersionPath = Type.Object({ model: Name, version: Type.Integer({ minimum: 1 }) })
const Version = Type.Optional(Type.Integer({ minimum: 1, description: 'Default: the newest' }))
const Page = { model: Type.Optional(Name), limit: Type.Optional(Limit), before: Type.Optional(Name) }

const Learner = Type.Object({
  name: Type.Union([Type.Literal('gbdt'), Type.Literal('logistic')]), params: Type.Optional(Type.Record(Type.String(), Type.Number())),
}, { additionalProperties: false, description: 'In place of the learner that the project declares: something to try' })

/** Training, judging, deciding. */
export function modelRoutes(app: App, { platform, log }: NativeParts): void {
  const { intelligence, metadata } = platform
  const read = { access: 'read' as const }
  const scientist = { access: { write: 'scientist' as const } }

  app.get('/api/v1/models', { config: read, schema: { tags: ['models'], summary: 'Every model with its newest version' } }, async () => {
    const definitions = (await metadata.list('model')).map(d => d.body as unknown as ModelDefinition)
    return { models: await Promise.all(definitions.map(async d => ({ ...d, newest: (await intelligence.listVersions(d.name))[0]?.version ?? null }))) }
  })

  app.get('/api/v1/models/:model/versions', { config: read, schema: { tags: ['models'], summary: 'Versions, newest first, with gate and approval', params: ModelPath } },
    async request => ({ versions: withTimes(await intelligence.listVersions(request.params.model)) }))

  app.get('/api/v1/models/:model/versions/:version', { config: read, schema: { tags: ['models'], summary: 'One version', params: VersionPath } },
    async request => withTimes(await intelligence.getVersion(request.params.model, request.params.version)))

  app.post('/api/v1/models/:model/train', {
    config: scientist,
    schema: {
      tags: ['models'], summary: 'Train a candidate and its baseline: the next version', params: ModelPath,
      description: 'With "accept: application/x-ndjson" the reply is lines of {"progress"}, then one {"result"} or {"error"}. Training ends when the connection does.',
      querystring: Type.Object({ dryRun: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
      body: Type.Object({ from: Time, to: Time, labelsKnownBy: Type.Optional(Time), learner: Type.Optional(Learner) }, { additionalProperties: false, description: 'Prediction times in [from, to)' }),
    },
  }, async (request, reply) => {
    const { model } = request.params
    const range = { from: readTime(request.body.from, 'from'), to: readTime(request.body.to, 'to'), labelsKnownBy: readOptionalTime(request.body.labelsKnownBy, 'labelsKnownBy') }
    const versions = await intelligence.listVersions(model)
    if (request.query.dryRun === true) return withTimes({ dryRun: true, model, ...range, next: (versions[0]?.version ?? 0) + 1 })
    const ended = new AbortController()
    reply.raw.once('close', () => { ended.abort() })
    const work = { model, ...range, learner: request.body.learner, actor: request.principal.actor, signal: ended.signal }
    if (!(request.headers.accept ?? '').includes('application/x-ndjson')) return withTimes(await intelligence.train(work))
    return ndjsonReply(reply, log, async write => {
      const result = await intelligence.train({ ...work, onProgress: progress => { void write({ progress }) } })
      await write({ result: withTimes(result) })
    })
  })

  app.post('/api/v1/models/:model/gate', {
    config: scientist,
    schema: { tags: ['models'], summary: 'Compare a version with the champion, or the baseline, under the policy; recorded either way', params: ModelPath, body: Type.Object({ version: Version }, { additionalProperties: false }) },
  }, async request => withTimes(await intelligence.gate({ model: request.params.model, version: request.body.version ?? null, actor: request.principal.actor })))

  app.post('/api/v1/models/:model/approvals', {
    config: { access: { write: 'approver' } },
    schema: {
      tags: ['models'], summary: 'Approve or reject what passed its gate; {"policy": true} asks the policy that the model names', params: ModelPath, querystring: DryRun,
      body: Type.Object({ version: Version, approved: Type.Optional(Type.Boolean({ default: true })), reason: Type.Optional(Type.String({ maxLength: 2_000 })), policy: Type.Optional(Type.Literal(true)) }, { additionalProperties: false }),
    },
  }, async request => {
    const { version = null, approved = true, reason = '', policy } = request.body
    const { model } = request.params
    const { dryRun = false } = request.query
    if (policy === true && dryRun) throw new SlipwayError('invalid_request', 'A policy decides when it is asked; only a person\'s decision has a dry run.', { faults: [{ path: 'policy', message: 'has no dry run' }] })
    const decision = policy === true ? await intelligence.approveByPolicy({ model, version }) : await intelligence.approve({ model, version, approved, reason, dryRun, actor: request.principal.actor })
    return withTimes(dryRun ? { ...decision, id: null, dryRun } : decision)
  })

  app.post('/api/v1/models/:model/versions/:version/reproduce', { config: scientist, schema: { tags: ['models'], summary: 'Train it again from what is recorded, and compare the artifact\'s digest', params: VersionPath } },
    async request => withTimes(await intelligence.reproduce({ ...request.params, actor: request.principal.actor })))

  app.get('/api/v1/runs', { config: read, schema: { tags: ['models'], summary: 'Training runs, newest first', querystring: Type.Object(Page, { additionalProperties: false }) } },
    async request => ({ runs: withTimes(await intelligence.listRuns(request.query)) }))
  app.get('/api/v1/runs/:id', { config: read, schema: { tags: ['models'], summary: 'One run', params: Type.Object({ id: Name }) } }, async request => withTimes(await intelligence.getRun(request.params.id)))
  app.get('/api/v1/gates', { config: read, schema: { tags: ['models'], summary: 'Gates, newest first', querystring: Type.Object(Page, { additionalProperties: false }) } },
    async request => ({ gates: withTimes(await intelligence.listGates(request.query)) }))
  app.get('/api/v1/gates/:id', { config: read, schema: { tags: ['models'], summary: 'One gate with all that repeats it', params: Type.Object({ id: Name }) } }, async request => withTimes(await intelligence.getGate(request.params.id)))
  app.get('/api/v1/gates/:id/recheck', { config: read, schema: { tags: ['models'], summary: 'Compute a gate again from stored rows and artifacts', params: Type.Object({ id: Name }) } }, request => intelligence.recheckGate(request.params.id))
  app.get('/api/v1/approvals', { config: read, schema: { tags: ['models'], summary: 'Decisions, newest first', querystring: Type.Object(Page, { additionalProperties: false }) } },
    async request => ({ approvals: withTimes(await intelligence.listApprovals(request.query)) }))
}
