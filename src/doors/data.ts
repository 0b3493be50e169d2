// `slipway/data`: the data component alone, with the foundation that it stands on.
import '../core/runtime.ts'

export * from './foundation.ts'
export * from '../data/index.ts'
