// The typed arrays inside DuckDB's vectors. The package's public accessors box every value (a bigint or an object each), which costs
// more than the queries do; its version is pinned exactly and a test reads every type.
import type { DuckDBVector } from '@duckdb/node-api'

type Items = Float64Array | Float32Array | BigInt64Array | BigUint64Array | Int32Array | Int16Array | Int8Array | Uint32Array | Uint16Array | Uint8Array

export interface OpenVector {
  items: Items
  /** Instead of `items` for booleans, one byte each. */
  bytes?: DataView
  validity: { setItemValid(i: number, valid: boolean): void; data: BigUint64Array | null; offset: number }
}

export function openVector(vector: DuckDBVector): OpenVector {
  const inner = vector as unknown as { items: Items; dataView?: DataView; validity: OpenVector['validity'] }
  return { items: inner.items, bytes: inner.dataView, validity: inner.validity }
}

/** Marks the missing of `rows` values in `valid` from `at` on; returns whether any is missing. */
export function readMissing(validity: OpenVector['validity'], rows: number, valid: () => Uint8Array, at: number): boolean {
  if (validity.data === null) return false
  const bits = new Uint8Array(validity.data.buffer, validity.data.byteOffset, validity.data.byteLength)
  let any = false
  for (let i = 0; i < rows; i++) {
    const bit = validity.offset + i
    if ((bits[bit >> 3] & (1 << (bit & 7))) !== 0) continue
    valid()[at + i] = 0
    any = true
  }
  return any
}
