import type { App, ServerState } from '../server-state.ts'
import { stringifyJson } from '../json.ts'
import { docsPage, type OpenApi } from './docs.ts'
import { sendPage } from './layout.ts'

/** `/docs` and `/openapi.json`. */
export function pageRoutes(app: App, state: ServerState): void {
  const document = (): OpenApi => app.swagger() as unknown as OpenApi

  app.get('/docs', { config: { access: 'public' }, schema: { tags: ['server'], summary: 'Every route, to read' } },
    (_request, reply) => sendPage(reply, 'Slipway: every route', docsPage(document(), state.url)))

  app.get('/openapi.json', { config: { access: 'public' }, schema: { tags: ['server'], summary: 'Every route, OpenAPI 3.1' } },
    (_request, reply) => reply.type('application/json; charset=utf-8').send(stringifyJson(document())))
}
