// Services and models of a project.
import type { ColumnType } from '../../core/schema.ts'
import { splitReference } from '../compiled-service.ts'
import { suggest } from '../../core/nearest-name.ts'
import { refer, TYPES, type Known } from './check-views.ts'
import { notDefined, refuseRepeated, type Reader } from './reader.ts'

export interface KnownService { entities: string[]; request: Map<string, { optional: boolean; type: ColumnType | undefined }> }

/** Columns that every training set has beside the outputs. */
const RESERVED = ['time', 'label']

export function checkServices(project: Reader, known: Known): Map<string, KnownService> {
  const services = new Map<string, KnownService>()
  const all = project.list('services')
  refuseRepeated(all, all.map(service => {
    service.only('name', 'entities', 'request', 'features', 'onDemand', 'description')
    const name = service.name()
    const entities: string[] = []
    for (const item of service.texts('entities')) {
      if (!known.entities.has(item.value)) service.faultAt(item, notDefined('entity', item.value, [...known.entities.keys()]))
      else if (entities.includes(item.value)) service.faultAt(item, `'${item.value}' is listed twice`)
      else entities.push(item.value)
    }
    const request = checkRequest(service)
    const features = checkFeatureList(service, known, entities)
    const functions = service.has('onDemand') ? checkOnDemand(service, request, features) : 0
    const models = [...request.values()].filter(r => r.model).length + features.length + functions
    if (models === 0) service.fault('features', 'must not be empty: a model would read nothing')
    if (name !== undefined) services.set(name, { entities, request })
    return name
  }))
  return services
}

function checkRequest(service: Reader): Map<string, { optional: boolean; model: boolean; type: ColumnType | undefined }> {
  const request = new Map<string, { optional: boolean; model: boolean; type: ColumnType | undefined }>()
  const list = service.list('request')
  refuseRepeated(list, list.map(field => {
    field.only('name', 'type', 'optional', 'model')
    const name = field.name()
    const type = field.oneOf('type', TYPES)
    const optional = field.flag('optional') === true
    const model = field.flag('model') !== false
    if (name !== undefined && RESERVED.includes(name)) field.fault('name', `'${name}' is a column of every training set; choose another name`)
    if (name !== undefined) request.set(name, { optional, model, type })
    return name
  }))
  return request
}

function checkFeatureList(service: Reader, known: Known, entities: readonly string[]): string[] {
  const features: string[] = []
  const every = [...known.views].flatMap(([view, { features: names }]) => [...names.keys()].map(f => `${view}.${f}`))
  for (const item of service.texts('features')) {
    const [viewName, featureName] = splitReference(item.value)
    const view = known.views.get(viewName)
    if (view === undefined || !view.features.has(featureName)) {
      const near = suggest(item.value, every)
      service.faultAt(item, view === undefined ? `refers to the view '${viewName}', which is not defined; a feature is named view.feature.${near}` : `names '${featureName}', which view ${viewName} does not have; it has ${[...view.features.keys()].join(', ')}.${near}`)
    } else if (features.includes(item.value)) service.faultAt(item, `'${item.value}' is listed twice`)
    else for (const entity of view.entities) if (!entities.includes(entity)) service.faultAt(item, `needs the entity '${entity}' of view ${viewName} among the service's entities`)
    features.push(item.value)
  }
  return features
}

function checkOnDemand(service: Reader, request: ReadonlyMap<string, unknown>, features: readonly string[]): number {
  const onDemand = service.object('onDemand')
  if (onDemand === null) return 0
  onDemand.only('module', 'functions')
  onDemand.text('module')
  const inputs = [...request.keys(), ...features]
  const list = onDemand.list('functions', { empty: false })
  refuseRepeated(list, list.map(f => {
    f.only('name', 'export', 'type', 'inputs')
    const name = f.name()
    f.text('export')
    f.oneOf('type', ['float64', 'int64', 'boolean', 'string'])
    for (const input of f.texts('inputs')) if (!inputs.includes(input.value)) f.faultAt(input, `'${input.value}' is neither a request feature nor one of the service's features.${suggest(input.value, inputs)}`)
    if (name !== undefined && request.has(name)) f.fault('name', `'${name}' is a request feature already`)
    if (name !== undefined && RESERVED.includes(name)) f.fault('name', `'${name}' is a column of every training set; choose another name`)
    return name
  }))
  return list.length
}

export function checkModels(project: Reader, known: Known, services: ReadonlyMap<string, KnownService>): Map<string, KnownService | undefined> {
  const models = new Map<string, KnownService | undefined>()
  const all = project.list('models')
  refuseRepeated(all, all.map(model => {
    model.only('name', 'service', 'examples', 'learner', 'evaluation', 'seed', 'description')
    const name = model.name()
    const service = refer(model, 'service', 'service', services.keys())
    const read = service === undefined ? undefined : services.get(service)
    checkExamples(model.object('examples'), known, read)
    checkLearner(model.object('learner'))
    checkEvaluation(model.object('evaluation'))
    if (model.has('seed')) model.number('seed', 'a whole number from 0', n => Number.isSafeInteger(n) && n >= 0)
    if (name !== undefined) models.set(name, read)
    return name
  }))
  return models
}

function checkExamples(examples: Reader | null, known: Known, service: KnownService | undefined): void {
  if (examples === null) return
  examples.only('dataset', 'time', 'entities', 'request', 'label', 'mode')
  if (examples.has('mode')) examples.oneOf('mode', ['knownAt', 'eventTime'])
  refer(examples, 'dataset', 'dataset', known.datasets)
  const time = examples.object('time')
  time?.only('column', 'offset')
  time?.text('column')
  if (time?.has('offset')) time.duration('offset', { signed: true })
  checkColumnsFor(examples.object('entities'), service?.entities, () => false, 'entity')
  checkColumnsFor(examples.object('request'), service && [...service.request.keys()], name => service?.request.get(name)?.optional === true, 'request feature')
  const label = examples.object('label')
  if (label !== null) checkLabel(label)
}

function checkLabel(label: Reader): void {
  label.only('name', 'column', 'above', 'equals', 'knownAt')
  label.name()
  label.text('column')
  if (label.has('knownAt')) label.text('knownAt')
  if (label.has('above') && label.has('equals')) label.fault('equals', 'stands beside above, and a label has one of the two')
  else if (label.has('equals')) checkLiteral(label, 'equals')
  else if (label.has('above')) label.number('above', 'a number', () => true)
  else label.fault('above', "is missing, and so is equals: what makes the label true? Write above: 15, or equals: 'yes'")
}

/** What a column's value can be compared with. */
function checkLiteral(reader: Reader, key: string): void {
  const value = reader.raw(key)
  if (typeof value === 'string') reader.text(key)
  else if (typeof value !== 'boolean') reader.number(key, 'text, a number, true or false', () => true)
}

/** Which column carries what: each needed name, no other. */
function checkColumnsFor(columns: Reader | null, names: readonly string[] | undefined, optional: (name: string) => boolean, what: string): void {
  if (columns === null) return
  for (const key of columns.keys()) {
    if (names !== undefined && !names.includes(key)) columns.fault(key, `is no ${what} of the service.${suggest(key, names)}`)
    columns.text(key)
  }
  for (const name of names ?? []) if (!columns.has(name) && !optional(name)) columns.fault(name, `is missing: which column carries the ${what} '${name}'?`)
}

function checkLearner(learner: Reader | null): void {
  if (learner === null) return
  learner.only('name', 'params')
  learner.oneOf('name', ['gbdt', 'logistic', 'constant'])
  if (!learner.has('params')) return
  const params = learner.object('params')
  for (const key of params?.keys() ?? []) params?.number(key, 'a number', () => true)
}

function checkEvaluation(evaluation: Reader | null): void {
  if (evaluation === null) return
  evaluation.only('metric', 'holdout', 'baseline', 'margin', 'alpha', 'approval', 'trial')
  evaluation.oneOf('metric', ['auc'])
  evaluation.number('holdout', 'a share between 0 and 1, such as 0.2', n => n > 0 && n < 1)
  checkLearner(evaluation.object('baseline'))
  evaluation.number('margin', 'a number from -1 to 1', n => n >= -1 && n <= 1)
  evaluation.number('alpha', 'a level between 0 and 0.5, such as 0.05', n => n > 0 && n <= 0.5)
  if (evaluation.has('trial')) checkTrial(evaluation.object('trial'))
  const approval = evaluation.object('approval')
  if (approval === null) return
  if (approval.has('policy')) {
    approval.only('policy')
    approval.name('policy')
  } else {
    approval.only('role', 'fourEyes', 'policy')
    approval.oneOf('role', ['approver'])
    approval.flag('fourEyes')
  }
}

function checkTrial(trial: Reader | null): void {
  if (trial === null) return
  trial.only('share', 'length', 'margin', 'alpha')
  trial.number('share', 'a share between 0 and 1, such as 0.5', n => n > 0 && n < 1)
  trial.duration('length')
  trial.number('margin', 'a number from 0 to 1, such as 0.01', n => n >= 0 && n <= 1)
  if (trial.has('alpha')) trial.number('alpha', 'a level between 0 and 0.5, such as 0.05', n => n > 0 && n <= 0.5)
}
