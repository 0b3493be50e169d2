// What every door has beside its component: the foundation, and the plain things that go in and come out.
import '../core/runtime.ts'

export { localActor, type Actor } from '../core/actor.ts'
export { defineProject } from '../core/definition.ts'
export type * from '../core/definition.ts'
export { SlipwayError } from '../core/errors.ts'
export type { Column, Row, Value } from '../core/schema.ts'
export { tableFromRows, tableRows, type Table } from '../core/table.ts'
export { formatTime, parseTime, type Micros } from '../core/time.ts'
export { toDefinitions } from '../metadata/index.ts'
export { openFoundation, verifyFolder, type Foundation, type FoundationOptions } from '../foundation.ts'
