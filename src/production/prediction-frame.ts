// How predictions lie in the journal: one stream per endpoint and content, one frame per request.
import type { FeatureContent, ModelContent } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import type { FallbackKind, PredictionRole } from '../core/ports/predictions.ts'
import type { Column, ColumnType, Row, Value } from '../core/schema.ts'
import { emptyColumn, setValue, type ColumnData, type Table } from '../core/table.ts'
import type { Micros } from '../core/time.ts'
import type { Stream } from '../store/index.ts'
import { classesOf } from './classes.ts'
import type { CheckedRow } from './request.ts'

const PREFIX = 'prediction/'
const FALLBACK = 'fallback.'
/** Of a model of several classes, beside the greatest in `output`. */
const SCORE = 'output.'

const FIXED = [
  { name: 'endpoint', type: 'string' },
  { name: 'release', type: 'int64' },
  { name: 'role', type: 'string' },
  { name: 'eventTime', type: 'timestamp' },
  /** The home's time when the request was accepted; the frame has the wall clock's. */
  { name: 'acceptedAt', type: 'timestamp' },
  { name: 'asOf', type: 'int64' },
  { name: 'ledgerSize', type: 'int64' },
  { name: 'caller', type: 'string' },
  { name: 'idempotencyKey', type: 'string' },
  /** SHA-256 of the canonical request; only where there is an idempotency key. */
  { name: 'requestDigest', type: 'string' },
  /** Microseconds from the request to its frame; the same for all rows of a batch. */
  { name: 'latency', type: 'float64' },
  { name: 'output', type: 'float64' },
  { name: 'decision', type: 'boolean' },
  /** What answered in place of the model: previous, rule or default; empty for the model itself. */
  { name: 'fallback', type: 'string' },
  /** Why it did not answer itself. */
  { name: 'fault', type: 'string' },
  /** The key by which a label finds this prediction. */
  { name: 'labelKey', type: 'string' },
] as const satisfies Column[]

/** Of the columns above: a stream keeps its columns for ever, so a change of them needs another name. */
const FORMAT = 2

/** `prediction/<endpoint>/<first 12 of the content digest>.<format>`: both together fix the columns for ever. */
export function predictionStream(endpoint: string, contentDigest: string, content: ModelContent): Stream {
  const { service, outputs } = content.features
  return {
    name: `${predictionStreamPrefix(endpoint, contentDigest)}.${FORMAT}`,
    columns: [
      ...FIXED,
      ...(classesOf(content) ?? []).map(name => ({ name: `${SCORE}${name}`, type: 'float64' as const })),
      ...entityColumns(content.features).map(c => ({ name: `entity.${c.name}`, type: c.type })),
      ...service.request.map(c => ({ name: `request.${c.name}`, type: c.type })),
      ...outputs.map(c => ({ name: `f.${c.name}`, type: c.type })),
    ],
  }
}

/**
 * Of answers by a rule or the default, which read no features: so no column of features is compared with history, or taken for what the
 * model read.
 */
export function fallbackStream(endpoint: string, contentDigest: string, content: ModelContent): Stream {
  const { name, columns } = predictionStream(endpoint, contentDigest, content)
  return { name: name.replace(predictionStreamPrefix(endpoint, ''), `$&${FALLBACK}`), columns: columns.filter(c => !c.name.startsWith('f.') && !c.name.startsWith(SCORE)) }
}

/** The entities that the service names, typed by their definitions. */
export function entityColumns(features: FeatureContent): Column[] {
  return features.service.entities.map(name => {
    const entity = features.entities.find(e => e.name === name)
    if (entity === undefined) throw new SlipwayError('corrupt', `The content of service ${features.service.name} lacks its entity ${name}.`)
    return { name, type: entity.type }
  })
}

/** True for the streams of this endpoint (default: of any). */
export function isPredictionStream(stream: string, endpoint?: string): boolean {
  return endpoint === undefined ? stream.startsWith(PREFIX) : stream.startsWith(`${PREFIX}${endpoint}/`)
}

/** Of the predictions that one content computed, in every format. */
export function predictionStreamPrefix(endpoint: string, contentDigest: string): string { return `${PREFIX}${endpoint}/${contentDigest.slice(0, 12)}` }

export function predictionPrefix(endpoint?: string): string { return endpoint === undefined ? PREFIX : `${PREFIX}${endpoint}/` }

export interface FrameContext {
  endpoint: string
  release: number
  role: PredictionRole
  /** Null where no features were read. */
  asOf: number | null
  ledgerSize: number
  caller: string
  latency: number
  threshold: number | null
  /** One for all, or one a row. */
  fallback: FallbackKind | readonly FallbackKind[]
  fault: string | null
}

/** The columnar frame of the rows of one request that one release answers; `vectors` is empty where no features were read, `scores` null but for several classes. */
export function buildFrame(stream: Stream, context: FrameContext, rows: readonly CheckedRow[], { vectors, outputs, scores }: { vectors: readonly Value[][]; outputs: Float64Array; scores: Float64Array | null }): Table {
  const n = rows.length
  const columns = buildFixedColumns(context, outputs, i => rows[i])
  for (let k = FIXED.length; k < stream.columns.length; k++) {
    const { name, type } = stream.columns[k]
    const each = (value: (i: number) => Value): void => { columns.push(fillColumn(type, n, value)) }
    if (name.startsWith('f.')) { const f = k - (stream.columns.length - vectors[0].length); each(i => vectors[i][f]) }
    else if (name.startsWith('entity.')) { const entity = name.slice(7); each(i => rows[i].entities[entity]) }
    else if (name.startsWith(SCORE)) { const at = k - FIXED.length; each(i => scores![i * (scores!.length / n) + at]) }
    else { const field = name.slice(8); each(i => rows[i].request[field]) }
  }
  return { rows: n, schema: stream.columns, columns }
}

/** What the fixed columns have of a row. */
type RowFacts = Pick<CheckedRow, 'at' | 'acceptedAt' | 'idempotencyKey' | 'requestDigest' | 'labelKey'>

/** The fixed columns; `rows` is by the number of the output, or one that stands for all. */
export function buildFixedColumns(context: FrameContext, outputs: Float64Array, rows: RowFacts | ((i: number) => RowFacts)): ColumnData[] {
  const { endpoint, release, role, asOf, ledgerSize, caller, latency, threshold, fallback, fault } = context
  const of = (value: (row: RowFacts) => Value): ColumnSource => (typeof rows === 'function' ? i => value(rows(i)) : value(rows))
  const sources: ColumnSource[] = [
    endpoint, release, role, of(r => r.at), of(r => r.acceptedAt), asOf, ledgerSize, caller, of(r => r.idempotencyKey), of(r => r.requestDigest), latency,
    outputs, threshold === null ? null : i => decide(outputs[i], threshold), typeof fallback === 'string' ? fallback : i => fallback[i], fault, of(r => r.labelKey),
  ]
  return FIXED.map(({ type }, k) => fillColumn(type, outputs.length, sources[k]))
}

/** One value for all rows, one by the number of the row, or the numbers of all rows as they are. */
type ColumnSource = Value | ((i: number) => Value) | Float64Array

function fillColumn(type: ColumnType, rows: number, source: ColumnSource): ColumnData {
  if (source instanceof Float64Array) return { type: 'float64', values: source }
  const column = emptyColumn(type, rows)
  if (typeof source === 'function') for (let i = 0; i < rows; i++) setValue(column, i, source(i))
  else if (source === null) column.valid = new Uint8Array(rows)
  else {
    // The first is written as any value, and the others are like it.
    setValue(column, 0, source)
    column.values.fill(column.values[0] as never)
  }
  return column
}

export function decide(output: number, threshold: number | null): boolean | null { return threshold === null ? null : output > threshold }

/** One prediction as it was journaled. */
export interface JournaledPrediction {
  sequence: number
  recordedAt: Micros
  endpoint: string
  /** Number of the release that answered. */
  release: number
  role: PredictionRole
  /** The first 12 characters of the digest of the content that computed it. */
  contentPrefix: string
  eventTime: Micros
  acceptedAt: Micros
  /** Journal position of the features that were read; null where none were. */
  asOf: number | null
  ledgerSize: number
  caller: string
  idempotencyKey: string | null
  requestDigest: string | null
  latency: number
  output: number
  /** By class, in their order; null for a model of one score, and for what no model answered. */
  outputs: Record<string, number> | null
  decision: boolean | null
  fallback: FallbackKind
  fault: string | null
  labelKey: string | null
  entities: Record<string, Value>
  request: Row
  /** By output name, in the order of the model's inputs. */
  features: Row
}

/** Reads a row of a prediction stream. */
export function readPrediction(stream: Stream, sequence: number, recordedAt: Micros, row: Row): JournaledPrediction {
  const entities: Row = {}
  const request: Row = {}
  const features: Row = {}
  let outputs: Row | null = null
  for (let k = FIXED.length; k < stream.columns.length; k++) {
    const { name } = stream.columns[k]
    if (name.startsWith('f.')) features[name.slice(2)] = row[name]
    else if (name.startsWith('entity.')) entities[name.slice(7)] = row[name]
    else if (name.startsWith(SCORE)) (outputs ??= {})[name.slice(SCORE.length)] = row[name]
    else if (name.startsWith('request.')) request[name.slice(8)] = row[name]
  }
  const { release, role, eventTime, acceptedAt, asOf, ledgerSize, caller, idempotencyKey, requestDigest, latency, output, decision, fault = null, labelKey, endpoint } = row
  return {
    sequence, recordedAt, contentPrefix: contentPrefixOf(stream.name),
    endpoint, release, role, eventTime, acceptedAt, asOf, ledgerSize, caller, idempotencyKey, requestDigest, latency, output, outputs, decision, fallback: fallbackOf(row.fallback), fault, labelKey,
    entities, request, features,
  } as JournaledPrediction
}

/** The first format said only whether, and it was never so. */
export function fallbackOf(logged: Value): FallbackKind { return typeof logged === 'string' ? logged as FallbackKind : '' }

function contentPrefixOf(stream: string): string { return stream.slice(stream.lastIndexOf('/') + 1).replace(FALLBACK, '').split('.')[0] }
