// Nearly valid requests for every route of the document, from its own schemas, and what there really is in a home.
import { hostileQuery, hostileSegment, hostileValue, mutate, pick, writeBytes, type Random } from './mutations.ts'

export interface Schema {
  type?: string; properties?: Record<string, Schema>; required?: string[]; items?: Schema; anyOf?: Schema[]; enum?: unknown[]; const?: unknown; default?: unknown
  minimum?: number; maximum?: number; minLength?: number; description?: string; additionalProperties?: unknown
}
interface Parameter { name: string; in: 'path' | 'query' | 'header'; schema: Schema; required?: boolean }
export interface Route { method: string; path: string; access: string; parameters: Parameter[]; body: Schema | null; statuses: string[] }

interface Operation { 'x-access': string; parameters?: Parameter[]; requestBody?: { content: Record<string, { schema: Schema }> }; responses: Record<string, unknown> }

/** The routes of an OpenAPI document. */
export function routesOf(document: { paths: Record<string, Record<string, Operation>> }): Route[] {
  return Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, o]) => ({
    method: method.toUpperCase(), path, access: o['x-access'], parameters: o.parameters ?? [], body: Object.values(o.requestBody?.content ?? {})[0]?.schema ?? null, statuses: Object.keys(o.responses),
  })))
}

export interface WireRequest { method: string; path: string; headers: Record<string, string>; body: Buffer | null }

/** What exists: by the name of a parameter or member. A function is asked with the path of the route. */
export type Known = Record<string, (path: string) => unknown>

/** A value that the schema takes, with names that exist where they are known. */
export function exampleOf(random: Random, schema: Schema, known: Known, path: string, name = ''): unknown {
  if (Object.hasOwn(known, name) && random() < 0.9) return known[name](path)
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return pick(random, schema.enum)
  if (schema.anyOf !== undefined) return exampleOf(random, pick(random, schema.anyOf), known, path, name)
  switch (schema.type) {
    case 'object': {
      const required = new Set(schema.required)
      return Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([k]) => required.has(k) || random() < 0.6).map(([k, s]) => [k, exampleOf(random, s, known, path, k)]))
    }
    case 'array': return Array.from({ length: 1 + Math.floor(random() * 2) }, () => exampleOf(random, schema.items ?? {}, known, path, name))
    case 'integer': return Math.max(schema.minimum ?? 1, 1)
    case 'number': return 0.5
    case 'boolean': return random() < 0.5
    case 'null': return null
    case 'string': return 'text'
    default: return 'text'
  }
}

const TYPES = ['application/json', 'application/json; charset=utf-8', 'text/plain', 'application/x-ndjson', 'multipart/form-data', 'application/json; charset=latin1', 'application/xml', '', 'application/jsonx', '*/*']

/** One request for the route: as it should be in most parts, and wrong in some. */
export function makeRequest(random: Random, route: Route, known: Known, tokens: readonly (string | null)[]): WireRequest {
  const wrongBody = random() < 0.7
  const body = route.body === null ? (random() < 0.2 ? hostileValue(random) : undefined) : wrongBody ? mutate(random, exampleOf(random, route.body, known, route.path)) : exampleOf(random, route.body, known, route.path)
  let path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const good = String(known[name]?.(route.path) ?? 'x')
    return random() < 0.25 ? hostileSegment(random, good) : encodeURIComponent(good)
  })
  const query: string[] = []
  for (const p of route.parameters.filter(q => q.in === 'query')) {
    if (p.required !== true && random() < 0.5) continue
    const value = random() < 0.5 ? hostileQuery(random) : encodeURIComponent(String(exampleOf(random, p.schema, known, route.path, p.name)))
    query.push(`${p.name}=${value}`)
    if (random() < 0.05) query.push(`${p.name}=${hostileQuery(random)}`)
  }
  if (random() < 0.08) query.push(`${pick(random, ['unknown', '__proto__', 'constructor', 'dryRun', '', '%00', 'from[]', 'limit', 'x'.repeat(200)])}=${hostileQuery(random)}`)
  if (query.length > 0) path += `?${query.join('&')}`
  const headers: Record<string, string> = {}
  const token = pick(random, tokens)
  if (token !== null) headers.authorization = random() < 0.04 ? pick(random, ['Bearer', 'Bearer x', 'Basic YTpi', `Bearer ${token} x`, `Bearer ${'y'.repeat(4_000)}`]) : `Bearer ${token}`
  if (random() < 0.1) headers['idempotency-key'] = pick(random, ['k1', '', 'x'.repeat(500), '__proto__', 'ü'])
  if (random() < 0.05) headers.accept = pick(random, ['application/x-ndjson', 'text/html', '*/*', 'nonsense', ''])
  if (body === undefined) return { method: route.method, path, headers, body: null }
  headers['content-type'] = random() < 0.93 ? (route.path.endsWith('/stream') ? 'application/x-ndjson' : 'application/json') : pick(random, TYPES)
  return { method: route.method, path, headers, body: writeBytes(random, body) }
}
