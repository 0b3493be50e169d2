// Monitors of a project.
import { MINUTE, DAY, type Micros } from '../../core/time.ts'
import { suggest } from '../../core/nearest-name.ts'
import { notDefined, refuseRepeated, type Reader } from './reader.ts'

/** Looks more often than this see the same labels again; longer windows than this are no monitoring. */
const SHORTEST: Micros = MINUTE
const LONGEST: Micros = 731 * DAY

const share = (n: number): boolean => n > 0 && n < 1

/** Endpoints and what their models read are taken from the project as it stands: their own faults are told elsewhere. */
export function checkMonitors(project: Reader): void {
  if (!project.has('monitors')) return
  const inputs = inputsByEndpoint(project)
  const all = project.list('monitors')
  refuseRepeated(all, all.map(monitor => {
    const kind = monitor.oneOf('kind', ['quality', 'drift', 'fallback'])
    const own = { quality: ['metric', 'limit', 'falseAlarmsPerYear', 'fewest'], drift: ['limit', 'features', 'fewest'], fallback: ['limit'] }
    if (kind !== undefined) monitor.only('name', 'kind', 'endpoint', 'window', 'every', 'severity', 'description', ...own[kind])
    const name = monitor.name()
    const endpoint = monitor.text('endpoint')
    if (endpoint !== undefined && !inputs.has(endpoint)) monitor.fault('endpoint', notDefined('endpoint', endpoint, [...inputs.keys()]))
    checkDuration(monitor, 'window')
    checkDuration(monitor, 'every')
    monitor.oneOf('severity', ['page', 'ticket', 'info'])
    if (monitor.has('fewest')) monitor.number('fewest', 'a whole number from 2', n => Number.isSafeInteger(n) && n >= 2)
    if (kind === 'quality') checkQuality(monitor)
    if (kind === 'drift') checkDrift(monitor, endpoint === undefined ? undefined : inputs.get(endpoint))
    if (kind === 'fallback' && monitor.has('limit')) monitor.number('limit', 'a share from 0 to less than 1, such as 0.01', n => n >= 0 && n < 1)
    return name
  }))
}

function checkDuration(monitor: Reader, key: 'window' | 'every'): void {
  const micros = monitor.duration(key)
  if (micros !== undefined && (micros < SHORTEST || micros > LONGEST)) monitor.fault(key, `must be from 1m to 731d, and is '${String(monitor.raw(key))}'`)
}

function checkQuality(monitor: Reader): void {
  const metric = monitor.oneOf('metric', ['auc', 'brier', 'ece'])
  monitor.number('limit', `a number between 0 and 1${metric === 'auc' ? ', such as 0.7' : metric === 'brier' ? ', such as 0.2' : metric === 'ece' ? ', such as 0.05' : ''}`, share)
  if (monitor.has('falseAlarmsPerYear')) monitor.number('falseAlarmsPerYear', 'a chance between 0 and 1, such as 0.05', share)
}

function checkDrift(monitor: Reader, inputs: readonly string[] | undefined): void {
  if (monitor.has('limit')) monitor.number('limit', 'a number above 0, such as 0.25', n => n > 0)
  if (!monitor.has('features')) return
  const seen = new Set<string>()
  for (const item of monitor.texts('features', { empty: false })) {
    if (inputs !== undefined && !inputs.includes(item.value)) monitor.faultAt(item, `'${item.value}' is no input of the endpoint's model.${suggest(item.value, inputs)}`)
    else if (seen.has(item.value)) monitor.faultAt(item, `'${item.value}' is listed twice`)
    seen.add(item.value)
  }
}

type Fields = Record<string, unknown>

function objects(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter((item): item is Fields => typeof item === 'object' && item !== null) : []
}

/** Names of what each endpoint's model reads; undefined where that cannot be told. */
function inputsByEndpoint(project: Reader): Map<string, string[] | undefined> {
  const named = (key: string): Map<unknown, Fields> => new Map(objects(project.raw(key)).map(item => [item.name, item]))
  const models = named('models')
  const services = named('services')
  const inputs = new Map<string, string[] | undefined>()
  for (const { name, model } of objects(project.raw('endpoints'))) {
    if (typeof name !== 'string') continue
    const service = services.get(models.get(model)?.service)
    if (service === undefined) { inputs.set(name, undefined); continue }
    const request = objects(service.request).filter(field => field.model !== false)
    const functions = objects((service.onDemand as Fields | undefined)?.functions)
    const features = Array.isArray(service.features) ? service.features as unknown[] : []
    inputs.set(name, [...request.map(f => f.name), ...features, ...functions.map(f => f.name)].filter(n => typeof n === 'string'))
  }
  return inputs
}
