// Entities, datasets, sources and views of a project.
import type { ColumnType } from '../../core/schema.ts'
import { formatOf } from '../dataset-reader.ts'
import { suggest } from '../../core/nearest-name.ts'
import { notDefined, refuseRepeated, type Reader } from './reader.ts'

const TYPES = ['float64', 'int64', 'boolean', 'string', 'timestamp'] as const satisfies readonly ColumnType[]

/** What later parts of the check refer to; parts with faults are there as far as they could be read. */
export interface Known {
  entities: Map<string, { key: string | undefined; type: ColumnType | undefined }>
  datasets: Set<string>
  sources: Map<string, { columns: Map<string, ColumnType | undefined>; isStatic: boolean }>
  /** `entity` and feature names of each view. */
  views: Map<string, { entity: string | undefined; features: Map<string, ColumnType | undefined> }>
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
    dataset.only('name', 'files', 'description')
    const name = dataset.name()
    const files = dataset.texts('files', { empty: false })
    for (const file of files) if (formatOf(file.value) === null) dataset.faultAt(file, `must be a .parquet, .csv, .tsv, .json, .ndjson or .jsonl file, and is '${file.value}'`)
    if (new Set(files.map(f => formatOf(f.value)).filter(f => f !== null)).size > 1) dataset.fault('files', 'must all be of one format')
    if (name !== undefined) known.datasets.add(name)
    return name
  }))
}

export function checkSources(project: Reader, known: Known): void {
  const all = project.list('sources')
  refuseRepeated(all, all.map(source => {
    source.only('name', 'dataset', 'id', 'eventTime', 'knownAt', 'columns', 'description')
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
  refuseRepeated(all, all.map(view => {
    const kind = view.oneOf('kind', ['aggregate', 'latest'])
    view.only('name', 'kind', 'entity', 'source', 'features', 'description', 'owner', ...(kind === 'aggregate' ? [] : ['ttl']))
    const name = view.name()
    const entityName = refer(view, 'entity', 'entity', known.entities.keys())
    const sourceName = refer(view, 'source', 'source', known.sources.keys())
    const source = sourceName === undefined ? undefined : known.sources.get(sourceName)
    const entity = entityName === undefined ? undefined : known.entities.get(entityName)
    if (source !== undefined && entity?.key !== undefined) {
      const type = source.columns.get(entity.key)
      if (!source.columns.has(entity.key)) view.fault('entity', `needs the key column '${entity.key}' of entity ${entityName} among the columns of source ${sourceName}, which are ${[...source.columns.keys()].join(', ')}`)
      else if (type !== undefined && entity.type !== undefined && type !== entity.type) view.fault('entity', `has keys of type ${entity.type}, and the column '${entity.key}' of source ${sourceName} is ${type}`)
    }
    if (source?.isStatic === true && kind === 'aggregate') view.fault('source', `'${sourceName}' has no eventTime: only a latest view can read a static source`)
    if (view.has('ttl') && kind === 'latest') {
      view.duration('ttl')
      if (source?.isStatic === true) view.fault('ttl', `has no meaning for the static source '${sourceName}'`)
    }
    const features = new Map<string, ColumnType | undefined>()
    const list = view.list('features', { empty: false })
    refuseRepeated(list, list.map(feature => {
      const featureName = feature.name()
      const type = kind === 'aggregate' ? checkAggregate(feature, source?.columns) : kind === 'latest' ? checkLatest(feature, source?.columns) : undefined
      if (featureName !== undefined) features.set(featureName, type)
      return featureName
    }))
    if (name !== undefined) known.views.set(name, { entity: entityName, features })
    return name
  }))
}

function checkAggregate(feature: Reader, columns: Map<string, ColumnType | undefined> | undefined): ColumnType | undefined {
  feature.only('name', 'aggregate', 'column', 'window')
  const aggregate = feature.oneOf('aggregate', ['count', 'sum', 'mean'])
  feature.duration('window')
  if (feature.has('column')) {
    const column = feature.text('column')
    const type = column === undefined ? undefined : columns?.get(column)
    if (column !== undefined && columns !== undefined && !columns.has(column)) feature.fault('column', noColumn(column, columns))
    else if (type !== undefined && aggregate !== undefined && aggregate !== 'count' && type !== 'float64' && type !== 'int64') feature.fault('column', `must be a number for ${aggregate}, and '${column}' is ${type}`)
  } else if (aggregate === 'sum' || aggregate === 'mean') feature.fault('column', `is missing: ${aggregate} of which column?`)
  return aggregate === undefined ? undefined : aggregate === 'count' ? 'int64' : 'float64'
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

function noColumn(name: string, columns: Map<string, unknown>): string {
  const known = [...columns.keys()]
  return `names the column '${name}', which the source does not have; it has ${known.join(', ') || 'none'}.${suggest(name, known)}`
}

export { TYPES }
