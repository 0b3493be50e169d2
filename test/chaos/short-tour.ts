// A shortened tour in a process of its own, to be killed. Appends each acknowledged flight to a file.
// Use: short-tour.ts HOME ACKNOWLEDGED-FILE [processes], the last where the components run in processes of their own
import { appendFileSync } from 'node:fs'
import { runTour } from '../../examples/flights/tour.ts'
import { openServer } from '../../src/http/index.ts'
import { openPlatform } from '../../src/platform.ts'
import { connectPlatform } from '../../src/processes/index.ts'
import { SHORT_TOUR } from './short-plan.ts'

const [home, acknowledged, mode] = process.argv.slice(2)
const platform = await (mode === 'processes' ? connectPlatform : openPlatform)({ home })
const server = await openServer(platform, { host: '127.0.0.1', port: 0, log: platform.log })
process.stdout.write('ready\n')
const summary = await runTour({
  url: server.url, platform, plan: SHORT_TOUR, print: line => { process.stdout.write(`${line}\n`) }, progress: line => { process.stdout.write(`.. ${line}\n`) },
  onAcknowledged: flights => { if (flights.length > 0) appendFileSync(acknowledged, `${flights.join('\n')}\n`) },
})
process.stdout.write(`summary ${JSON.stringify(summary)}\n`)
await server.close()
await platform.close()
