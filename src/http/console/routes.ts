import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { SlipwayError } from '../../core/errors.ts'
import { html, sendPage, BRAND } from '../pages/layout.ts'
import type { App } from '../server-state.ts'
import { readConsole, type ConsoleFile } from './files.ts'

/** Addresses of the console's pages: each can be opened, sent and reloaded. */
const PAGES = [
  '/', '/endpoints', '/endpoints/:name', '/predictions', '/predictions/:id', '/models', '/models/:model', '/models/:model/:version',
  '/data', '/data/:kind/:name', '/monitoring', '/monitoring/:endpoint', '/approvals', '/audit', '/audit/:index',
]

/** Its own files and its own server, nothing else. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The web console at `/`. */
export function consoleRoutes(app: App, files = readConsole()): void {
  const config = { access: 'public' as const }
  const page = files?.get('index.html')

  for (const url of PAGES) {
    app.get(url, { config, schema: { hide: true, summary: 'The console' } }, (request, reply) => (page === undefined ? sendNotBuilt(reply) : sendFile(request, reply, page)))
  }
  app.get('/assets/:file', { config, schema: { hide: true, summary: 'A file of the console', params: Type.Object({ file: Type.String({ maxLength: 200 }) }) } }, (request, reply) => {
    const found = files?.get(`assets/${request.params.file}`)
    if (found === undefined) throw new SlipwayError('not_found', `The console has no file ${JSON.stringify(request.params.file)}.`, { remedy: 'Reload the page: the server may have been updated since it was opened.' })
    return sendFile(request, reply, found)
  })
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: ConsoleFile): FastifyReply {
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const encoding = file.brotli !== null && /\bbr\b/.test(accepted) ? 'br' : file.gzip !== null && /\bgzip\b/.test(accepted) ? 'gzip' : null
  reply.header('content-type', file.type).header('vary', 'accept-encoding').header('etag', file.etag)
    .header('cache-control', file.hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    .header('content-security-policy', POLICY).header('referrer-policy', 'no-referrer').header('cross-origin-opener-policy', 'same-origin')
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send()
  if (encoding !== null) reply.header('content-encoding', encoding)
  return reply.send(encoding === 'br' ? file.brotli : encoding === 'gzip' ? file.gzip : file.bytes)
}

function sendNotBuilt(reply: FastifyReply): FastifyReply {
  return sendPage(reply, 'Slipway: the console is not built', html`<div class="narrow"><p>${BRAND}</p><h1>The server works; its console is not built yet</h1>
<p>In the checkout that this server runs from, build it once, then start the server again:</p><pre>npm run build</pre>
<p><code>npm start</code> builds it by itself. All that the console shows can be had without it:</p>
<table><tbody>
<tr><td><a href="/docs">/docs</a></td><td>every route, with a line to try it</td></tr>
<tr><td><a href="/api/v1/status">/api/v1/status</a></td><td>journal, ledger, models, deployments</td></tr>
<tr><td><a href="/api/v1/ledger">/api/v1/ledger</a></td><td>what was done, when and by whom</td></tr>
<tr><td><a href="/health">/health</a></td><td><a href="/health/live">live</a>, <a href="/health/ready">ready</a>, <a href="/version">version</a></td></tr>
</tbody></table></div>`)
}
