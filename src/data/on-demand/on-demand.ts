// On-demand features: pure functions of request and looked-up features, the same bundle at training, at serving and in replay.
//
// A function gets ONE object whose keys are its declared inputs (`distance`, `origin_delays.mean_1h`): float64 as number, int64 as number (bigint beyond
// 2^53), timestamps as whole microseconds since 1970 (number), missing as null. It returns a value of its declared type; null, undefined and NaN are missing.
import { SlipwayError } from '../../core/errors.ts'
import { coerceValue, type Value } from '../../core/schema.ts'
import type { CompiledService, Origin } from '../compiled-service.ts'
import { describe, openSandbox, run } from './sandbox.ts'

export interface OnDemandRunner {
  /** One value a function, in the order of `service.onDemand`; `request` and `lookups` in the order of the compiled service. */
  compute(request: readonly Value[], lookups: readonly Value[]): Value[]
}

/**
 * Binds a bundle to a service. `code` is null exactly when the service has no on-demand functions.
 * @throws SlipwayError `invalid_definition` naming the export that the bundle lacks. `compute` throws `invalid_request` naming the feature whose function
 * threw or returned a value of another type.
 */
export function openOnDemand(service: CompiledService, code: string | null): OnDemandRunner {
  if (service.onDemand.length === 0) return { compute: () => [] }
  if (code === null) throw new SlipwayError('invalid_definition', `Service ${service.content.service.name} has on-demand functions but no bundle.`)
  const { functions, context } = openSandbox(code)
  const bound = service.onDemand.map(f => {
    const exported = functions.get(f.export)
    if (exported === undefined) throw new SlipwayError('invalid_definition', `On-demand feature ${f.name}: the module exports no function ${f.export}; it exports ${[...functions.keys()].join(', ') || 'none'}.`)
    // The input object is made inside the context, so that nothing of this realm can be reached through its prototype.
    const names = f.inputs.map((name, i) => `${JSON.stringify(name)}: v${i}`)
    const wrap = run(`(f => (${f.inputs.map((_, i) => `v${i}`).join(', ')}) => f({ ${names.join(', ')} }))`, context) as (f: unknown) => (...values: Value[]) => unknown
    return { ...f, call: wrap(exported) }
  })
  const pick = (origin: Origin, request: readonly Value[], lookups: readonly Value[]): Value => (origin.from === 'request' ? request : lookups)[origin.index]
  return {
    compute: (request, lookups) => bound.map(f => {
      let result: unknown
      try { result = f.call(...f.origins.map(o => pick(o, request, lookups))) } catch (cause) {
        throw new SlipwayError('invalid_request', `On-demand feature ${f.name} cannot be computed: ${describe(cause)}`, { cause, faults: [{ path: f.name, message: describe(cause) }] })
      }
      if (typeof result === 'number' && Number.isNaN(result)) return null
      try { return coerceValue(result, f.type, f.name) } catch (cause) {
        throw new SlipwayError('invalid_request', `On-demand feature ${(cause as Error).message}`, { cause, faults: [{ path: f.name, message: `must be ${f.type}` }] })
      }
    }),
  }
}
