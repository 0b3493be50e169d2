// Batches of plain numbers: from columns to the model and to the journal, without an object a row.
import type { FeatureContent } from '../core/definition.ts'
import type { PredictionRole } from '../core/ports/predictions.ts'
import type { Column } from '../core/schema.ts'
import type { ColumnData, Table } from '../core/table.ts'
import type { Micros } from '../core/time.ts'
import type { NativeModel } from '../models/index.ts'
import type { Stream } from '../store/index.ts'
import { buildFixedColumns, type FrameContext } from './prediction-frame.ts'

export interface NumbersRequest {
  endpoint: string
  caller: string
  rows: number
  /** By the name of the request feature, one number a row; NaN is missing. */
  columns: ReadonlyMap<string, Float64Array>
}

export interface NumbersResult {
  ids: string[]
  outputs: Float64Array
  /** Null for an endpoint without a threshold. */
  threshold: number | null
  release: string
  role: PredictionRole
  sequence: number
  waitDurable(): Promise<void>
}

/** Numbers as the model reads them, row after row, and as the journal keeps them. */
export interface Numbers { matrix: Float64Array; columns: Map<string, ColumnData & { type: 'float64' }> }

/** Nothing is looked up or computed for it, and all that it reads are numbers of the request. */
export function readsNumbersOnly({ service, views, onDemandDigest, outputs }: FeatureContent): boolean {
  const isNumber = (c: Column): boolean => c.type === 'float64'
  return service.entities.length === 0 && views.length === 0 && onDemandDigest === null && service.request.every(isNumber)
    && outputs.every(o => isNumber(o) && service.request.some(r => r.name === o.name))
}

/** Null for what only the check of rows can name: other columns, missing values that must not be, infinite numbers. */
export function arrangeNumbers({ service, outputs }: FeatureContent, { rows, columns }: NumbersRequest): Numbers | null {
  const kept: Numbers['columns'] = new Map()
  for (const { name, optional } of service.request) {
    const given = columns.get(name)
    if (given === undefined ? optional !== true : given.length !== rows) return null
    const column = keepColumn(given, rows)
    if (column === null || (column.valid !== undefined && optional !== true)) return null
    kept.set(name, column)
  }
  for (const name of columns.keys()) if (!kept.has(name)) return null
  const width = outputs.length
  const matrix = new Float64Array(rows * width)
  outputs.forEach(({ name }, k) => {
    const { values, valid } = kept.get(name) as ColumnData & { type: 'float64' }
    for (let i = 0, at = k; i < rows; i++, at += width) matrix[at] = valid !== undefined && valid[i] === 0 ? Number.NaN : values[i]
  })
  return { matrix, columns: kept }
}

/** As the journal writes a column: −0 is 0, missing is 0 and not valid. */
function keepColumn(given: Float64Array | undefined, rows: number): (ColumnData & { type: 'float64' }) | null {
  const values = new Float64Array(rows)
  if (given === undefined) return { type: 'float64', values, valid: new Uint8Array(rows) }
  let valid: Uint8Array | undefined
  for (let i = 0; i < rows; i++) {
    const v = given[i]
    if (v - v === 0) values[i] = v + 0
    else if (v !== v) (valid ??= new Uint8Array(rows).fill(1))[i] = 0
    else return null
  }
  return valid === undefined ? { type: 'float64', values } : { type: 'float64', values, valid }
}

export function scoreNumbers(model: NativeModel, matrix: Float64Array, rows: number): Float64Array {
  const scores = { width: 1, raw: new Float64Array(rows), output: new Float64Array(rows) }
  model.encodeNumbers(matrix)
  model.scoreEncoded(matrix, rows, scores)
  return scores.output
}

/** The frame that the same rows make one by one. */
export function buildNumbersFrame(stream: Stream, context: FrameContext, acceptedAt: Micros, { columns }: Numbers, outputs: Float64Array): Table {
  const fixed = buildFixedColumns(context, outputs, { at: acceptedAt, acceptedAt, idempotencyKey: null, requestDigest: null, labelKey: null })
  // Such a stream has columns of numbers that the request has, and no others.
  const others = stream.columns.slice(fixed.length).map(({ name }) => columns.get(name.slice(name.indexOf('.') + 1)) as ColumnData)
  return { rows: outputs.length, schema: stream.columns, columns: [...fixed, ...others] }
}
