import { stringifyJson } from '../json.ts'
import type { Platform } from '../../platform.ts'
import type { App, ServerState } from '../app.ts'
import { VERSION } from '../version.ts'
import { docsPage, type OpenApi } from './docs.ts'
import { landingPage } from './landing.ts'
import { sendPage } from './layout.ts'
import { describeEndpoints } from './endpoints.ts'

/** `/`, `/docs` and `/openapi.json`. */
export function pageRoutes(app: App, platform: Platform, state: ServerState): void {
  const document = (): OpenApi => app.swagger() as unknown as OpenApi

  app.get('/', { config: { access: 'read' }, schema: { tags: ['server'], summary: 'What is here' } }, async (_request, reply) => {
    const endpoints = await describeEndpoints(platform)
    return sendPage(reply, 'Slipway', landingPage({ version: VERSION, ready: platform.ready, ledgerSize: platform.metadata.ledger.size, endpoints }, state.url))
  })
  app.get('/docs', { config: { access: 'public' }, schema: { tags: ['server'], summary: 'Every route, to read' } }, (_request, reply) => sendPage(reply, 'Slipway: routes', docsPage(document(), state.url)))
  app.get('/openapi.json', { config: { access: 'public' }, schema: { tags: ['server'], summary: 'Every route, OpenAPI 3.1' } },
    (_request, reply) => reply.type('application/json; charset=utf-8').send(stringifyJson(document())))
}
