// `slipway/monitoring`: the monitoring component alone, with the foundation that it stands on.
import '../core/runtime.ts'

export * from './foundation.ts'
export * from '../monitoring/index.ts'
