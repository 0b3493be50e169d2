// Entities, datasets, sources and views of a project.
import type { ColumnType } from '../../core/schema.ts'
import { formatOf } from '../dataset-reader.ts'
import { checkAggregate, checkConditions, noColumn, type ColumnTypes } from './check-aggregate.ts'
import { notDefined, refuseRepeated, type Reader } from './reader.ts'

const TYPES = ['float64', 'int64', 'boolean', 'string', 'timestamp'] as const satisfies readonly ColumnType[]

/** What later parts of the check refer to; parts with faults are there as far as they could be read. */
export interface Known {
  entities: Map<string, { key: string | undefined; type: ColumnType | undefined }>
  datasets: Set<string>
  sources: Map<string, { columns: Map<string, ColumnType | undefined>; isStatic: boolean }>
  /** Entities and features of each view, and whether it looks up others. */
  views: Map<string, { entities: readonly string[]; features: ColumnTypes; lookups: boolean }>
}

export function checkEntities(project: Reader, known: Known): void {
  const all = project.list('entities')
  refuseRepeated(all, all.map(entity => {
    entity.only('name', 'key', 'type', 'description')
    const name = entity.name()
    const found = { key: entity.text('key'), type: entity.oneOf('type', ['string', 'int64']) }
    if (name !== undefined) known.entities.set(name, found)
    return name
  }))
}

export function checkDatasets(project: Reader, known: Known): void {
  const all = project.list('datasets')
  refuseRepeated(all, all.map(dataset => {
    dataset.only('name', 'files', 'forbidPurposes', 'description')
    const name = dataset.name()
    const files = dataset.texts('files', { empty: false })
    for (const file of files) if (formatOf(file.value) === null) dataset.faultAt(file, `must be a .parquet, .csv, .tsv, .json, .ndjson or .jsonl file, and is '${file.value}'`)
    if (new Set(files.map(f => formatOf(f.value)).filter(f => f !== null)).size > 1) dataset.fault('files', 'must all be of one format')
    if (dataset.has('forbidPurposes')) for (const words of dataset.texts('forbidPurposes')) if (!/[\p{L}\p{N}]/u.test(words.value)) dataset.faultAt(words, `must have a word in it, and is '${words.value}'`)
    if (name !== undefined) known.datasets.add(name)
    return name
  }))
}

export function checkSources(project: Reader, known: Known): void {
  const all = project.list('sources')
  refuseRepeated(all, all.map(source => {
    source.only('name', 'dataset', 'id', 'eventTime', 'knownAt', 'columns', 'nan', 'description')
    if (source.has('nan')) source.oneOf('nan', ['missing'])
    const name = source.name()
    refer(source, 'dataset', 'dataset', known.datasets)
    const columns = new Map<string, ColumnType | undefined>()
    const list = source.list('columns', { empty: false })
    refuseRepeated(list, list.map(column => {
      column.only('name', 'type')
      const columnName = column.text('name')
      const type = column.oneOf('type', TYPES)
      if (columnName !== undefined) columns.set(columnName, type)
      return columnName
    }))
    for (const id of source.texts('id', { empty: false })) {
      if (!columns.has(id.value)) source.faultAt(id, noColumn(id.value, columns))
      else if (columns.get(id.value) === 'float64') source.faultAt(id, `the column '${id.value}' is float64, which cannot identify a row`)
    }
    for (const key of ['eventTime', 'knownAt']) {
      if (!source.has(key) || !source.has('eventTime')) continue
      const column = source.text(key)
      if (column === undefined) continue
      const type = columns.get(column)
      if (!columns.has(column)) source.fault(key, noColumn(column, columns))
      else if (type !== undefined && type !== 'timestamp') source.fault(key, `must be a column of type timestamp, and '${column}' is ${type}`)
    }
    if (source.has('knownAt') && !source.has('eventTime')) source.fault('knownAt', 'needs eventTime: a source without it is static, known always')
    if (name !== undefined) known.sources.set(name, { columns, isStatic: !source.has('eventTime') })
    return name
  }))
}

export function checkViews(project: Reader, known: Known): void {
  const all = project.list('views')
  /** Views that look up others are read on when every view is known. */
  const later: (() => void)[] = []
  refuseRepeated(all, all.map(view => {
    const kind = view.oneOf('kind', ['aggregate', 'latest'])
    view.only('name', 'kind', 'entity', 'source', 'where', 'features', 'description', 'owner', ...(kind === 'aggregate' ? ['lookups'] : ['ttl']))
    const name = view.name()
    const sourceName = refer(view, 'source', 'source', known.sources.keys())
    const source = sourceName === undefined ? undefined : known.sources.get(sourceName)
    const entities = referEntities(view, known)
    for (const { name: entityName, at } of entities) {
      const entity = known.entities.get(entityName)
      if (source === undefined || entity?.key === undefined) continue
      const type = source.columns.get(entity.key)
      if (!source.columns.has(entity.key)) view.faultAt({ key: at }, `needs the key column '${entity.key}' of entity ${entityName} among the columns of source ${sourceName}, which are ${[...source.columns.keys()].join(', ')}`)
      else if (type !== undefined && entity.type !== undefined && type !== entity.type) view.faultAt({ key: at }, `has keys of type ${entity.type}, and the column '${entity.key}' of source ${sourceName} is ${type}`)
    }
    if (source?.isStatic === true && kind === 'aggregate') view.fault('source', `'${sourceName}' has no eventTime: only a latest view can read a static source`)
    if (view.has('ttl') && kind === 'latest') {
      view.duration('ttl')
      if (source?.isStatic === true) view.fault('ttl', `has no meaning for the static source '${sourceName}'`)
    }
    const features = new Map<string, ColumnType | undefined>()
    const list = view.list('features', { empty: false })
    const readFeatures = (columns: ColumnTypes | undefined): void => {
      checkConditions(view, 'where', columns)
      refuseRepeated(list, list.map(feature => {
        const featureName = feature.name()
        const type = kind === 'aggregate' ? checkAggregate(feature, columns) : kind === 'latest' ? checkLatest(feature, columns) : undefined
        if (featureName !== undefined) features.set(featureName, type)
        return featureName
      }))
    }
    const looked = kind === 'aggregate' && view.has('lookups') ? view.list('lookups') : []
    if (looked.length === 0) readFeatures(source?.columns)
    else later.push(() => { readFeatures(checkLookups(name, looked, source?.columns, known)) })
    if (name !== undefined) known.views.set(name, { entities: entities.map(e => e.name), features, lookups: looked.length > 0 })
    return name
  }))
  for (const read of later) read()
}

/** The view's entities with where they are named. */
function referEntities(view: Reader, known: Known): { name: string; at: string }[] {
  if (!Array.isArray(view.raw('entity'))) {
    const name = refer(view, 'entity', 'entity', known.entities.keys())
    return name === undefined ? [] : [{ name, at: 'entity' }]
  }
  const names = view.texts('entity', { empty: false })
  const found: { name: string; at: string }[] = []
  for (const item of names) {
    const { key, value } = item
    if (!known.entities.has(value)) view.faultAt(item, notDefined('entity', value, [...known.entities.keys()]))
    else if (found.some(f => f.name === value)) view.faultAt(item, `'${value}' is named twice`)
    else found.push({ name: value, at: key })
  }
  return found
}

/** The columns of the source and of the look-ups. */
function checkLookups(name: string | undefined, all: Reader[], columns: ColumnTypes | undefined, known: Known): ColumnTypes {
  const found: ColumnTypes = new Map(columns)
  refuseRepeated(all, all.map(lookup => {
    lookup.only('name', 'feature')
    const own = lookup.name()
    const feature = lookup.text('feature')
    if (own !== undefined && columns?.has(own) === true) lookup.fault('name', `'${own}' is a column of the source already`)
    if (feature === undefined) return own
    const dot = feature.indexOf('.')
    const inner = known.views.get(dot < 0 ? feature : feature.slice(0, dot))
    const featureName = dot < 0 ? '' : feature.slice(dot + 1)
    const isOwn = name !== undefined && (feature === name || feature.startsWith(`${name}.`))
    if (isOwn) lookup.fault('feature', `'${feature}' refers to the view itself`)
    else if (inner === undefined) lookup.fault('feature', notDefined('feature', feature, [...known.views].flatMap(([v, { features }]) => [...features.keys()].map(f => `${v}.${f}`))))
    else if (inner.lookups) lookup.fault('feature', `'${feature}' is of a view that looks up others itself: one level is the limit`)
    else if (!inner.features.has(featureName)) lookup.fault('feature', notDefined('feature', feature, [...inner.features.keys()].map(f => `${feature.slice(0, dot)}.${f}`)))
    else if (columns !== undefined) for (const entityName of inner.entities) {
      const entity = known.entities.get(entityName)
      if (entity?.key === undefined) continue
      if (!columns.has(entity.key)) lookup.fault('feature', `needs the key column '${entity.key}' of entity ${entityName} among the columns of the source, which are ${[...columns.keys()].join(', ')}`)
      else if (entity.type !== undefined && columns.get(entity.key) !== undefined && columns.get(entity.key) !== entity.type) lookup.fault('feature', `has keys of type ${entity.type}, and the column '${entity.key}' of the source is ${columns.get(entity.key)}`)
    }
    if (own !== undefined) found.set(own, inner?.features.get(featureName))
    return own
  }))
  return found
}

function checkLatest(feature: Reader, columns: Map<string, ColumnType | undefined> | undefined): ColumnType | undefined {
  feature.only('name', 'column')
  const column = feature.text('column')
  if (column === undefined || columns === undefined) return undefined
  if (!columns.has(column)) feature.fault('column', noColumn(column, columns))
  return columns.get(column)
}

/** The name under `key`, with a fault when there is no such thing. */
export function refer(reader: Reader, key: string, what: string, names: Iterable<string>): string | undefined {
  const name = reader.text(key)
  const known = [...names]
  if (name !== undefined && !known.includes(name)) { reader.fault(key, notDefined(what, name, known)); return undefined }
  return name
}

export { TYPES }
