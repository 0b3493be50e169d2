// `slipway/production`: the production component alone, with the foundation that it stands on.
import '../core/runtime.ts'

export { localActor, type Actor } from '../core/actor.ts'
export { SlipwayError } from '../core/errors.ts'
export * from '../production/index.ts'
export { openFoundation, type Foundation, type FoundationOptions } from '../foundation.ts'
