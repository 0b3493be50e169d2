// A server that acknowledges pushes before they are on disk: what the kill test must catch. Use: early-acknowledgements.ts HOME
import { openServer } from '../../src/http/index.ts'
import { openPlatform } from '../../src/platform.ts'

const platform = await openPlatform({ home: process.argv[2] })
platform.journal.waitDurable = async () => { /* Nobody waits. */ }
const server = await openServer(platform, { host: '127.0.0.1', port: 0, log: platform.log })
process.stdout.write(`Slipway is ready at ${server.url}\n`)
