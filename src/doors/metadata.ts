// `slipway/metadata`: the metadata component alone, with the foundation that it stands on.
import '../core/runtime.ts'

export * from './foundation.ts'
export * from '../metadata/index.ts'
