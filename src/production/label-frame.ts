import type { Column } from '../core/schema.ts'
import { tableFromRows, type Table } from '../core/table.ts'
import type { Micros } from '../core/time.ts'
import type { Stream } from '../store/index.ts'

const COLUMNS: Column[] = [
  /** Null: no prediction was found for it. */
  { name: 'predictionSequence', type: 'int64' },
  /** What it was joined by, when that was not the prediction's id. */
  { name: 'entityKey', type: 'string' },
  { name: 'name', type: 'string' },
  { name: 'value', type: 'float64' },
  { name: 'knownAt', type: 'timestamp' },
  { name: 'status', type: 'string' },
]

export interface JournaledLabel {
  predictionSequence: number | null
  entityKey: string | null
  name: string
  value: number | null
  knownAt: Micros
  status: 'joined' | 'unmatched'
}

export const LABEL_PREFIX = 'label/'

export function labelStream(endpoint: string): Stream { return { name: `${LABEL_PREFIX}${endpoint}`, columns: COLUMNS } }

export function labelTable(label: JournaledLabel): Table { return tableFromRows(COLUMNS, [{ ...label }]) }
