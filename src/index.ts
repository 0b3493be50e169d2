// The door of the package: the whole platform in one process, and the types of a project file.
import './core/runtime.ts'

export { defineProject } from './core/definition.ts'
export type * from './core/definition.ts'
export { SlipwayError } from './core/errors.ts'
export type { Column, Row, Value } from './core/schema.ts'
export { openFoundation, type Foundation, type FoundationOptions } from './foundation.ts'
export { openPlatform } from './platform.ts'
export { connectPlatform } from './processes/index.ts'
export type { Platform, PlatformOptions } from './platform.ts'
