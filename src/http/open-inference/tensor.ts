// A tensor between the wire and the rows: the same for JSON, binary and gRPC.
import type { Elements } from '../inference/columns.ts'
import { refuse } from '../inference/refusal.ts'
import { DATATYPES, isDatatype, type Datatype } from './datatypes.ts'

export interface Tensor {
  name: string
  datatype: Datatype
  shape: readonly number[]
  /** Row after row. */
  elements: Elements
}

const MOST_DIMENSIONS = 8
/** Elements of one tensor; a body holds far fewer. */
const MOST_ELEMENTS = 2 ** 31

/** @throws SlipwayError `invalid_request` */
export function readDatatype(datatype: unknown, path: string): Datatype {
  if (isDatatype(datatype)) return datatype
  throw refuse(path, `has the datatype ${JSON.stringify(datatype)?.slice(0, 30)}; there are ${Object.keys(DATATYPES).join(', ')}`)
}

/** How many elements a shape has. @throws SlipwayError `invalid_request` for what is no shape. */
export function countElements(shape: unknown, path: string): number {
  const good = Array.isArray(shape) && shape.length >= 1 && shape.length <= MOST_DIMENSIONS && shape.every(n => Number.isSafeInteger(n) && (n as number) >= 0)
  if (!good) throw refuse(path, `must have a shape of 1 to ${MOST_DIMENSIONS} whole numbers, and has ${JSON.stringify(shape, (_k, v: unknown) => (typeof v === 'bigint' ? v.toString() : v))?.slice(0, 60)}`)
  const count = (shape as number[]).reduce((product, n) => product * n, 1)
  if (count > MOST_ELEMENTS) throw refuse(path, `has a shape of ${count} elements, which no body holds`)
  return count
}
