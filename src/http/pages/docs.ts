// The reference of every route, written from the OpenAPI document itself.
import { BRAND, html, type Markup } from './layout.ts'

interface Schema { type?: string | string[]; properties?: Record<string, Schema>; required?: string[]; items?: Schema; anyOf?: Schema[]; enum?: unknown[]; const?: unknown; description?: string; default?: unknown; examples?: unknown[]; additionalProperties?: unknown; minimum?: number; maximum?: number }
interface Parameter { name: string; in: string; required?: boolean; description?: string; schema?: Schema }
interface Operation {
  summary?: string; description?: string; tags?: string[]; parameters?: Parameter[]; 'x-access'?: string
  requestBody?: { content?: Record<string, { schema?: Schema; example?: unknown }> }
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: Schema }> }>
}
export interface OpenApi { info: { title: string; version: string; description?: string }; tags?: { name: string; description?: string }[]; paths?: Record<string, Record<string, Operation>> }

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

/** The page under /docs. */
export function docsPage(api: OpenApi, origin: string): Markup {
  const groups = new Map<string, Markup[]>()
  for (const [path, item] of Object.entries(api.paths ?? {})) {
    for (const method of METHODS) {
      const operation = item[method]
      if (operation === undefined) continue
      const tag = operation.tags?.[0] ?? 'other'
      const list = groups.get(tag) ?? []
      groups.set(tag, list)
      list.push(operationCard(path, method.toUpperCase(), operation, origin, tag === api.tags?.[0]?.name && list.length === 0))
    }
  }
  const described = new Map((api.tags ?? []).map(t => [t.name, t.description]))
  const order = [...described.keys(), ...groups.keys()].filter((tag, i, all) => groups.has(tag) && all.indexOf(tag) === i)
  return html`<div class="with-nav"><nav aria-label="Groups">${BRAND}${order.map(tag => html`<a href="#${tag}">${title(tag)}</a>`)}<a href="/openapi.json">openapi.json</a></nav>
<main><h1>${api.info.title} ${api.info.version}: every route</h1><p>${api.info.description ?? ''}</p>
${order.map(tag => html`<section id="${tag}"><h2>${title(tag)}</h2>${described.get(tag) === undefined ? null : html`<p>${described.get(tag)}</p>`}${groups.get(tag)}</section>`)}</main></div>`
}

function title(tag: string): string { return tag.charAt(0).toUpperCase() + tag.slice(1) }

/** The first one of all is open, so that a reader sees that they open. */
function operationCard(path: string, method: string, operation: Operation, origin: string, open: boolean): Markup {
  const body = Object.entries(operation.requestBody?.content ?? {})[0]
  const replies = Object.entries(operation.responses ?? {}).filter(([status, r]) => status !== 'default' && r.content !== undefined)
  return html`<details class="card" ${open ? html`open` : null}><summary><span class="method ${method}">${method}</span><span><b>${path}</b><span class="what">${operation.summary}</span></span><span class="chip ${accessColour(operation['x-access'])}">${operation['x-access']}</span></summary><div class="in">
${operation.description === undefined ? null : html`<h3>What it does</h3><p>${operation.description}</p>`}
${operation.parameters === undefined || operation.parameters.length === 0 ? null : html`<h3>Parameters</h3><table><tbody>${operation.parameters.map(parameterRow)}</tbody></table>`}
${body?.[1].schema === undefined ? null : html`<h3>Body, ${body[0]}</h3><pre>${shape(body[1].schema)}</pre>`}
<h3>Try it</h3><pre>${curl(path, method, operation, origin)}</pre>
${replies.map(([status, r]) => html`<h3>Answer ${status}</h3><pre>${shape(Object.values(r.content ?? {})[0]?.schema ?? {})}</pre>`)}
</div></details>`
}

function accessColour(access: string | undefined): string {
  if (access === 'public' || access === 'read') return 'good'
  return access === 'predict' ? 'blue' : 'wait'
}

function parameterRow(p: Parameter): Markup {
  return html`<tr><td><code>${p.name}</code></td><td class="small">${p.in}${p.required ? ', required' : ''}</td><td class="small">${shape(p.schema ?? {})}</td><td>${p.description ?? p.schema?.description}</td></tr>`
}

function curl(path: string, method: string, operation: Operation, origin: string): string {
  const concrete = path.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase())
  const token = /token/.test(operation['x-access'] ?? '') ? ' \\\n  -H "authorization: Bearer $(cat .slipway/local.token)"' : ''
  const content = Object.entries(operation.requestBody?.content ?? {})[0]
  const body = content === undefined ? '' : ` \\\n  -H 'content-type: ${content[0]}' -d '${JSON.stringify(example(content[1].schema ?? {}))}'`
  return `curl ${method === 'GET' ? '' : `-X ${method} `}${origin}${concrete}${token}${body}`
}

function example(schema: Schema): unknown {
  if (schema.examples !== undefined) return schema.examples[0]
  if (schema.const !== undefined) return schema.const
  if (schema.default !== undefined) return schema.default
  if (schema.enum !== undefined) return schema.enum[0]
  if (schema.anyOf !== undefined) return example(schema.anyOf[0])
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  switch (type) {
    case 'object': return Object.fromEntries((schema.required ?? []).map(name => [name, example(schema.properties?.[name] ?? {})]))
    case 'array': return [example(schema.items ?? {})]
    case 'integer': case 'number': return schema.minimum ?? 0
    case 'boolean': return true
    case 'string': return '…'
    default: return {}
  }
}

/** A schema as short text: what a reader wants to know of it. */
function shape(schema: Schema, depth = 0): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map(v => JSON.stringify(v)).join(' | ')
  if (schema.anyOf !== undefined) return schema.anyOf.map(s => shape(s, depth)).join(' | ')
  if (schema.type === 'array') return `[ ${shape(schema.items ?? {}, depth)}, … ]`
  if (schema.type === 'object') {
    const members = Object.entries(schema.properties ?? {})
    if (members.length === 0) return '{ … }'
    const pad = '  '.repeat(depth + 1)
    const lines = members.map(([name, s]) => `${pad}${name}${schema.required?.includes(name) ? '' : '?'}: ${shape(s, depth + 1)}${s.description === undefined ? '' : `   — ${s.description}`}`)
    return `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`
  }
  return Array.isArray(schema.type) ? schema.type.join(' | ') : schema.type ?? 'any'
}
