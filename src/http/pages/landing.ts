import { BRAND, html, type Markup } from './layout.ts'

export interface LandingFacts {
  version: string
  ready: boolean
  ledgerSize: number
  endpoints: { name: string; description?: string; release: number | null; example: string | null }[]
}

/** What is here, for somebody who typed the address. */
export function landingPage(facts: LandingFacts, origin: string): Markup {
  const served = facts.endpoints.filter(e => e.release !== null).length
  const headline = facts.endpoints.length === 0 ? 'Slipway is ready, and has no endpoint yet'
    : `${served} of ${facts.endpoints.length} endpoint${facts.endpoints.length === 1 ? '' : 's'} answer${served === 1 ? 's' : ''}`
  return html`<div class="narrow"><p>${BRAND}</p><h1>${headline}</h1>
<p><span class="chip ${facts.ready ? 'good' : 'warn'}">${facts.ready ? '✓ ready' : '… starting'}</span> <span class="chip">version ${facts.version}</span> <span class="chip">ledger ${facts.ledgerSize}</span></p>
${facts.endpoints.length === 0 ? html`<p>Declare entities, sources, features, a model and an endpoint in <code>slipway.ts</code>, then:</p><pre>slipway plan\nslipway apply\nslipway train MODEL\nslipway deploy ENDPOINT</pre>` : null}
${facts.endpoints.map(e => html`<div class="card"><div class="in"><h2><a href="/api/v1/endpoints/${encodeURIComponent(e.name)}">${e.name}</a> <span class="chip ${e.release === null ? 'warn' : 'good'}">${e.release === null ? 'nothing deployed' : `release ${e.release}`}</span></h2><p>${e.description ?? ''}</p>
${e.example === null ? null : html`<pre>curl ${origin}/api/v1/endpoints/${encodeURIComponent(e.name)}/predict -H 'content-type: application/json' \\\n  -d '${e.example}'</pre>`}</div></div>`)}
<h2>What else is here</h2><table><tbody>
<tr><td><a href="/docs">/docs</a></td><td>every route, with a line to try it</td></tr>
<tr><td><a href="/openapi.json">/openapi.json</a></td><td>the same for programs, OpenAPI 3.1</td></tr>
<tr><td><a href="/api/v1/status">/api/v1/status</a></td><td>journal, ledger, models, deployments</td></tr>
<tr><td><a href="/api/v1/ledger">/api/v1/ledger</a></td><td>what was done, when and by whom; <a href="/api/v1/ledger/checkpoint">its signed checkpoint</a></td></tr>
<tr><td><a href="/v2">/v2</a></td><td>Open Inference Protocol, for stock clients</td></tr>
<tr><td><a href="/metrics">/metrics</a></td><td>for Prometheus</td></tr>
<tr><td><a href="/health">/health</a></td><td><a href="/health/live">live</a>, <a href="/health/ready">ready</a>, <a href="/version">version</a></td></tr>
</tbody></table></div>`
}
