// `slipway/metadata`: the metadata component alone, with the foundation that it stands on.
import '../core/runtime.ts'

export { localActor, type Actor } from '../core/actor.ts'
export { SlipwayError } from '../core/errors.ts'
export * from '../metadata/index.ts'
export { openFoundation, type Foundation, type FoundationOptions } from '../foundation.ts'
