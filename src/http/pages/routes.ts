import type { Platform } from '../../platform.ts'
import type { App, ServerState } from '../server-state.ts'
import { stringifyJson } from '../json.ts'
import { viewEndpoint } from '../native/endpoints.ts'
import { VERSION } from '../version.ts'
import { docsPage, type OpenApi } from './docs.ts'
import { landingPage, type LandingFacts } from './landing.ts'
import { sendPage } from './layout.ts'

/** `/`, `/docs` and `/openapi.json`. */
export function pageRoutes(app: App, platform: Platform, state: ServerState): void {
  const document = (): OpenApi => app.swagger() as unknown as OpenApi

  app.get('/', { config: { access: 'read' }, schema: { tags: ['server'], summary: 'What is here' } }, async (_request, reply) => {
    const endpoints = await Promise.all((await platform.metadata.list('endpoint')).map(async ({ id }): Promise<LandingFacts['endpoints'][number]> => {
      // A damaged release is said where it is asked for; the page still shows the rest.
      const view = await viewEndpoint(platform, id).catch(() => null)
      return { name: id, description: view?.description, release: view?.release?.number ?? null, example: view?.example == null ? null : stringifyJson(view.example) }
    }))
    return sendPage(reply, 'Slipway', landingPage({ version: VERSION, ready: platform.ready && !state.stopping, ledgerSize: platform.metadata.ledger.size, endpoints }, state.url))
  })

  app.get('/docs', { config: { access: 'public' }, schema: { tags: ['server'], summary: 'Every route, to read' } },
    (_request, reply) => sendPage(reply, 'Slipway: every route', docsPage(document(), state.url)))

  app.get('/openapi.json', { config: { access: 'public' }, schema: { tags: ['server'], summary: 'Every route, OpenAPI 3.1' } },
    (_request, reply) => reply.type('application/json; charset=utf-8').send(stringifyJson(document())))
}
