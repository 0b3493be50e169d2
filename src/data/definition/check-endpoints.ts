// Endpoints of a project: who answers, by what their traffic is shared, and what answers when the model cannot.
import type { ColumnType } from '../../core/schema.ts'
import type { KnownService } from './check-models.ts'
import { refer, type Known } from './check-views.ts'
import { notDefined, refuseRepeated, show, type Reader } from './reader.ts'

/** Rules, at most: what is longer is a model, and wants a gate of its own. */
const MOST_RULES = 100
const NUMBERS: readonly (ColumnType | undefined)[] = ['float64', 'int64']

const probability = (n: number): boolean => n >= 0 && n <= 1

/** `models` gives the service that each reads by. */
export function checkEndpoints(project: Reader, known: Known, models: ReadonlyMap<string, KnownService | undefined>): void {
  const all = project.list('endpoints')
  refuseRepeated(all, all.map(endpoint => {
    endpoint.only('name', 'model', 'threshold', 'labelEntity', 'stickyEntity', 'fallback', 'description')
    const name = endpoint.name()
    const model = refer(endpoint, 'model', 'model', models.keys())
    const service = model === undefined ? undefined : models.get(model)
    if (endpoint.has('threshold')) endpoint.number('threshold', 'a number', () => true)
    const label = endpoint.has('labelEntity') ? refer(endpoint, 'labelEntity', 'entity', known.entities.keys()) : undefined
    if (endpoint.has('stickyEntity')) checkSticky(endpoint, known, service, label)
    if (endpoint.has('fallback')) checkFallback(endpoint.object('fallback'), service)
    return name
  }))
}

/** It must come with every request: an entity of the model's service, or the label entity. */
function checkSticky(endpoint: Reader, known: Known, service: KnownService | undefined, label: string | undefined): void {
  const name = refer(endpoint, 'stickyEntity', 'entity', known.entities.keys())
  if (name === undefined || service === undefined || name === label || service.entities.includes(name)) return
  endpoint.fault('stickyEntity', `'${name}' comes with no request: the model's service reads ${service.entities.join(', ') || 'no entity'}${label === undefined ? '' : `, and labels find their prediction by ${label}`}`)
}

function checkFallback(fallback: Reader | null, service: KnownService | undefined): void {
  if (fallback === null) return
  fallback.only('previousRelease', 'rules', 'output')
  fallback.flag('previousRelease')
  fallback.number('output', 'a probability from 0 to 1', probability)
  if (!fallback.has('rules')) return
  const rules = fallback.list('rules', { empty: false })
  if (rules.length > MOST_RULES) fallback.fault('rules', `must be at most ${MOST_RULES}, and are ${rules.length}`)
  for (const rule of rules) checkRule(rule, service)
}

function checkRule(rule: Reader, service: KnownService | undefined): void {
  rule.only('request', 'above', 'below', 'equals', 'output')
  rule.number('output', 'a probability from 0 to 1', probability)
  const name = rule.text('request')
  const type = name === undefined ? undefined : service?.request.get(name)?.type
  if (name !== undefined && service !== undefined && !service.request.has(name)) {
    const names = [...service.request.keys()]
    rule.fault('request', `${notDefined('request feature', name, names)}${names.length === 0 ? ' The service takes none.' : ''}`)
  }
  const conditions = ['above', 'below', 'equals'].filter(c => rule.has(c))
  if (conditions.length !== 1) { rule.fault('', `must have one condition of above, below and equals, and has ${conditions.length === 0 ? 'none' : conditions.join(' and ')}`); return }
  const [condition] = conditions
  if (condition !== 'equals') {
    rule.number(condition, 'a number', () => true)
    if (type !== undefined && !NUMBERS.includes(type)) rule.fault(condition, `compares numbers, and '${name}' is ${type}`)
  } else checkEquals(rule, name, type)
}

function checkEquals(rule: Reader, name: string | undefined, type: ColumnType | undefined): void {
  const value = rule.raw('equals')
  const wanted = type === undefined ? null : NUMBERS.includes(type) ? 'number' : type
  if (type === 'timestamp') rule.fault('equals', `cannot be a condition on '${name}', which is a time`)
  else if (wanted !== null && typeof value !== wanted) rule.fault('equals', `must be ${wanted === 'string' ? 'text' : `a ${wanted}`} like '${name}', and is ${show(value)}`)
  else if (!['string', 'boolean', 'number'].includes(typeof value) || (typeof value === 'number' && !Number.isFinite(value))) rule.fault('equals', `must be text, a number, true or false, and is ${show(value)}`)
}
