// `slipway/production`: the production component alone, with the foundation that it stands on.
import '../core/runtime.ts'

export * from './foundation.ts'
export * from '../production/index.ts'
