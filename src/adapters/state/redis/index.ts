// The door of online state in Redis.
import '../../../core/runtime.ts'

export { openRedisState } from './redis-state.ts'
