import { createContext, Script, type Context } from 'node:vm'
import { SlipwayError } from '../../core/errors.ts'
import { BUNDLE_GLOBAL } from './bundle.ts'

// Runs inside the context, before the bundle. What depends on the moment, the machine or chance throws and says its name.
// This keeps honest code reproducible; it is no wall against hostile code, which only the owner of a project could put there.
const PRELUDE = `(() => {
  const refuse = name => () => { throw new Error(name + ' is not available: an on-demand function may depend on its inputs only') }
  const RealDate = Date
  const withZone = text => typeof text !== 'string' || /^[+-]?\\d{4,6}(-\\d\\d){0,2}$/.test(text) || /(Z|[+-]\\d\\d:?\\d\\d)$/i.test(text)
  const PureDate = new Proxy(RealDate, {
    apply: refuse('Date()'),
    construct(target, args, newTarget) {
      if (args.length === 0) refuse('new Date() without arguments')()
      if (args.length > 1) refuse('new Date(year, month, …) in local time')()
      if (!withZone(args[0])) refuse('new Date(text) without a zone')()
      return Reflect.construct(target, args, newTarget === PureDate ? target : newTarget)
    },
  })
  const parse = RealDate.parse
  RealDate.now = refuse('Date.now')
  RealDate.parse = text => { if (!withZone(text)) refuse('Date.parse(text) without a zone')(); return parse(text) }
  for (const name of Object.getOwnPropertyNames(RealDate.prototype)) {
    if (/^(get|set)(?!UTC|Time$)|^to(String|DateString|TimeString|Locale)/.test(name)) RealDate.prototype[name] = refuse('Date.prototype.' + name)
  }
  RealDate.prototype.constructor = PureDate
  RealDate.prototype[Symbol.toPrimitive] = function (hint) { return hint === 'string' ? this.toISOString() : this.getTime() }
  globalThis.Date = PureDate
  Math.random = refuse('Math.random')
  String.prototype.localeCompare = refuse('localeCompare')
  for (const type of [Number, BigInt, Array, String]) for (const name of Object.getOwnPropertyNames(type.prototype)) {
    if (/^toLocale/.test(name)) type.prototype[name] = refuse(name)
  }
  for (const name of ['fetch', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'require']) globalThis[name] = refuse(name)
  globalThis.performance = { now: refuse('performance.now') }
  globalThis.crypto = { getRandomValues: refuse('crypto.getRandomValues'), randomUUID: refuse('crypto.randomUUID') }
  for (const name of ['Intl', 'Temporal', 'WeakRef', 'FinalizationRegistry', 'SharedArrayBuffer', 'Atomics', 'WebAssembly', 'console']) delete globalThis[name]
})()`

export interface Sandbox {
  /** The bundle's exported functions, by name. */
  functions: Map<string, (input: Record<string, unknown>) => unknown>
  context: Context
}

/**
 * Runs a bundle in a context of its own, without clock, randomness, timers, network or locale data.
 * @throws SlipwayError `invalid_definition` when its top level throws.
 */
export function openSandbox(code: string): Sandbox {
  const context = createContext(Object.create(null) as object, { codeGeneration: { strings: false, wasm: false } })
  run(PRELUDE, context)
  try { run(code, context, 1_000) } catch (cause) {
    throw new SlipwayError('invalid_definition', `The on-demand module throws when it is loaded: ${describe(cause)}`, { cause })
  }
  const exported = run(`typeof ${BUNDLE_GLOBAL} === 'object' ? Object.entries(${BUNDLE_GLOBAL}).filter(e => typeof e[1] === 'function') : []`, context) as [string, (input: Record<string, unknown>) => unknown][]
  return { functions: new Map([...exported].map(([name, f]) => [name, f])), context }
}

/** The exported functions of a bundle. */
export function loadOnDemand(code: string): Map<string, (input: Record<string, unknown>) => unknown> {
  return openSandbox(code).functions
}

export function run(code: string, context: Context, timeout?: number): unknown {
  return new Script(code, { filename: 'on-demand.js' }).runInContext(context, timeout === undefined ? {} : { timeout })
}

export function describe(cause: unknown): string {
  const message = (cause as { message?: unknown } | null)?.message
  return typeof message === 'string' ? message : String(cause)
}
