import type { OnDemandFeature, ServiceDefinition } from '../../../core/definition.ts'
import { onDemandViewOf } from '../names.ts'
import { literal, list } from './python.ts'
import { field } from './types.ts'
import type { Writing } from './writing.ts'

const SAMPLES: Record<OnDemandFeature['type'], string> = { float64: '0.0', int64: '0', boolean: 'False', string: '""' }

/**
 * The on-demand features of a service, with their inputs and types. With a remote online store the client leaves the computing to the server; only
 * `feast apply` calls the function, to see what types it gives.
 */
export function onDemandText(w: Writing, service: ServiceDefinition): { id: string; text: string } | null {
  const functions = service.onDemand?.functions ?? []
  if (functions.length === 0) return null
  const inputs = new Set(functions.flatMap(f => f.inputs))
  const request = service.request.filter(r => inputs.has(r.name))
  const views = [...new Set(service.features.filter(f => inputs.has(f)).map(f => f.slice(0, f.indexOf('.'))))]
  const sources = views.map(v => w.views.get(v) as string)
  const lines: string[] = []
  if (request.length > 0) {
    const id = w.ids.take(service.name, '_request')
    lines.push(`${id} = RequestSource(name=${literal(w.sourceNames.take(service.name, '_request'))}, schema=${list(request.map(r => field(r.name, r.type)))})`)
    sources.push(id)
  }
  if (sources.length === 0) {
    w.notes.push(`The on-demand features of service ${service.name} have no inputs, which Feast cannot declare; the server answers them all the same.`)
    return null
  }
  const name = onDemandViewOf(service, w.definitions)
  // The function's name is the view's name.
  const id = /^[A-Za-z_]\w*$/.test(name) ? w.ids.take(name) : null
  if (id !== name) {
    w.notes.push(`The on-demand features of service ${service.name} cannot be declared under the name ${name}; the server answers them all the same.`)
    return null
  }
  const samples = functions.map(f => `${literal(f.name)}: [${SAMPLES[f.type]}]`).join(', ')
  lines.push('', '', `@on_demand_feature_view(sources=[${sources.join(', ')}], schema=${list(functions.map(f => field(f.name, f.type)))}, mode="python")`, `def ${id}(inputs):`,
    '    import inspect', '', '    if not any(frame.function == "infer_features" for frame in inspect.stack()):', '        raise NotImplementedError("Slipway computes these on its server.")', `    return {${samples}}`, '', '')
  return { id, text: lines.join('\n') }
}
