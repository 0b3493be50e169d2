// The datatypes of the protocol.
import type { ColumnType } from '../../core/schema.ts'

/** `bytes`: of one element as binary; null where each element says its own length. */
interface DatatypeEntry { bytes: number | null; kind: 'boolean' | 'integer' | 'float' | 'text'; least?: number; most?: number }

export const DATATYPES = {
  BOOL: { bytes: 1, kind: 'boolean' },
  UINT8: { bytes: 1, kind: 'integer', least: 0, most: 255 },
  UINT16: { bytes: 2, kind: 'integer', least: 0, most: 65_535 },
  UINT32: { bytes: 4, kind: 'integer', least: 0, most: 4_294_967_295 },
  UINT64: { bytes: 8, kind: 'integer', least: 0, most: 2 ** 64 },
  INT8: { bytes: 1, kind: 'integer', least: -128, most: 127 },
  INT16: { bytes: 2, kind: 'integer', least: -32_768, most: 32_767 },
  INT32: { bytes: 4, kind: 'integer', least: -2_147_483_648, most: 2_147_483_647 },
  INT64: { bytes: 8, kind: 'integer', least: -(2 ** 63), most: 2 ** 63 },
  FP16: { bytes: 2, kind: 'float' },
  BF16: { bytes: 2, kind: 'float' },
  FP32: { bytes: 4, kind: 'float' },
  FP64: { bytes: 8, kind: 'float' },
  BYTES: { bytes: null, kind: 'text' },
} as const satisfies Record<string, DatatypeEntry>

export type Datatype = keyof typeof DATATYPES

export function isDatatype(text: unknown): text is Datatype { return typeof text === 'string' && Object.hasOwn(DATATYPES, text) }

const OF_COLUMN: Record<ColumnType, Datatype> = { float64: 'FP64', int64: 'INT64', boolean: 'BOOL', string: 'BYTES', timestamp: 'BYTES' }

/** What a column is announced as. A time is ISO 8601 text; whole microseconds are taken too. */
export function datatypeOf(type: ColumnType): Datatype { return OF_COLUMN[type] }
