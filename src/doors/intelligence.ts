// `slipway/intelligence`: the intelligence component alone, with the foundation that it stands on.
import '../core/runtime.ts'

export * from './foundation.ts'
export * from '../intelligence/index.ts'
