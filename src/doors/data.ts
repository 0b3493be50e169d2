// `slipway/data`: the data component alone, with the foundation that it stands on.
import '../core/runtime.ts'

export { defineProject } from '../core/definition.ts'
export { localActor, type Actor } from '../core/actor.ts'
export { SlipwayError } from '../core/errors.ts'
export * from '../data/index.ts'
export { openFoundation, type Foundation, type FoundationOptions } from '../foundation.ts'
