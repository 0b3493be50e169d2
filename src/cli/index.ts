// The door of the command line.
import '../core/runtime.ts'

export { main } from './main.ts'
