// Schemas of routes: one TypeBox schema is the check, the type and the documentation.
import type { FastifySchemaCompiler } from 'fastify'
import { createRequire } from 'node:module'
import type { TSchema } from 'typebox'
import type { Compile } from 'typebox/compile'
import type { Value } from 'typebox/value'
import { SlipwayError, type ErrorCode, type Fault } from '../core/errors.ts'

const MAX_FAULTS = 10

/** What checks. */
interface Checking { Compile: typeof Compile; Value: typeof Value }

const require = createRequire(import.meta.url)
let checking: Checking | undefined

/** Hundreds of files, which nothing needs before the first request: loaded by it, or by `loadValidation` before. */
function useChecking(): Checking {
  return checking ??= { ...require('typebox/compile') as Pick<Checking, 'Compile'>, ...require('typebox/value') as Pick<Checking, 'Value'> }
}

/** So that the first request need not: called once the server listens. */
export function loadValidation(): void { useChecking() }

/** Text in addresses becomes numbers and booleans where the schema says so; a body is taken as it is. */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  // Compiled by the first request: there are hundreds of routes, and most processes answer a few.
  let compiled: ReturnType<typeof Compile> | undefined
  return value => {
    const { Compile, Value } = useChecking()
    const check = compiled ??= Compile(schema)
    if (httpPart === 'body' && value === undefined) return { error: new SlipwayError('invalid_json', 'There is no body.') }
    const taken = httpPart === 'body' ? value : Value.Convert(schema, value)
    return check.Check(taken) ? { value: taken } : { error: explain(check.Errors(taken), httpPart ?? 'request') }
  }
}

interface SchemaFault { keyword: string; instancePath: string; params: unknown; message: string }

const PARTS: Record<string, string> = { body: 'The body', querystring: 'The query', params: 'The address', headers: 'The headers' }

function explain(errors: readonly unknown[], part: string): SlipwayError {
  const found = (errors as SchemaFault[]).filter(e => e.keyword !== 'anyOf' && e.keyword !== 'boolean')
  const listed = found.length > 0 ? found : errors as SchemaFault[]
  const faults: Fault[] = []
  for (const error of joinAlternatives(listed).slice(0, MAX_FAULTS)) faults.push(...faultsOf(error))
  const shown = faults.map(f => `${f.path || part} ${f.message}`).join('; ')
  return new SlipwayError(codeOf(listed[0]), `${PARTS[part] ?? 'The request'} is not as the route expects: ${shown}.`, { faults })
}

/** The branches of a union fail one by one; people are told once what is taken there. */
function joinAlternatives(errors: readonly SchemaFault[]): SchemaFault[] {
  const joined: SchemaFault[] = []
  for (const keyword of ['const', 'type']) {
    const places = Map.groupBy(errors.filter(e => e.keyword === keyword), e => e.instancePath)
    for (const [, [first, ...others]] of places) {
      const taken = [first, ...others].map(e => (keyword === 'const' ? JSON.stringify((e.params as { allowedValue: unknown }).allowedValue) : e.message.replace(/^must be /, '')))
      joined.push({ ...first, message: `must be ${[...new Set(taken)].join(' or ')}` })
    }
  }
  const rest = errors.filter(e => e.keyword !== 'const' && e.keyword !== 'type')
  return [...joined, ...rest].sort((a, b) => position(errors, a) - position(errors, b))
}

function position(errors: readonly SchemaFault[], fault: SchemaFault): number { return errors.findIndex(e => e.keyword === fault.keyword && e.instancePath === fault.instancePath) }

function faultsOf(error: SchemaFault): Fault[] {
  const path = error.instancePath.slice(1).replaceAll('/', '.')
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
  const params = error.params as { requiredProperties?: string[]; additionalProperties?: string[] }
  if (error.keyword === 'required') return (params.requiredProperties ?? []).map(name => ({ path: at(name), message: 'is missing' }))
  if (error.keyword === 'additionalProperties') return (params.additionalProperties ?? []).map(name => ({ path: at(name), message: 'is not a field of it' }))
  return [{ path, message: error.message }]
}

/** The most telling code of the table for the first fault. */
function codeOf(error: SchemaFault): ErrorCode {
  if (error.keyword === 'type') return 'wrong_type'
  if (error.keyword === 'additionalProperties') return 'unknown_feature'
  if (error.keyword === 'required' && (error.params as { requiredProperties?: string[] }).requiredProperties?.includes('entities')) return 'missing_entity'
  return 'invalid_request'
}
