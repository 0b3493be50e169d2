// Predictions over HTTP with the journal on, beside a bare node:http JSON echo of the same requests in the same process and run.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Platform } from '../src/platform.ts'
import { openServer } from '../src/http/index.ts'
import { driveLoad } from './load.ts'
import { median, type BenchResult } from './result.ts'

const SECONDS = 3
const ROUNDS = 3

export async function run(platform: Platform, bodies: string[]): Promise<BenchResult[]> {
  const echo = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => { chunks.push(chunk) })
    request.on('end', () => {
      const text = JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()))
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text)
    })
  })
  await new Promise<void>(resolve => { echo.listen(0, '127.0.0.1', resolve) })
  const server = await openServer(platform, { host: '127.0.0.1', port: 0, log: platform.log })
  const results: BenchResult[] = []
  try {
    const ports = { echo: (echo.address() as AddressInfo).port, slipway: Number(new URL(server.url).port) }
    const path = '/api/v1/endpoints/flight-delay/predict'
    const rowsAtOnce = 100
    const batches = Array.from({ length: 20 }, (_, i) => `{"rows":[${Array.from({ length: rowsAtOnce }, (_, k) => bodies[(i * rowsAtOnce + k) % bodies.length]).join(',')}]}`)
    for (const [connections, what, sent, rows] of [[1, 'one row, 1 connection', bodies, 1], [16, 'one row, 16 connections', bodies, 1], [64, 'one row, 64 connections', bodies, 1], [4, '100 rows, 4 connections', batches, rowsAtOnce]] as const) {
      const [ours, bare, ratios, p99]: number[][] = [[], [], [], []]
      for (let round = 0; round < ROUNDS; round++) {
        const e = await driveLoad({ port: ports.echo, path: '/', bodies: [...sent], connections, seconds: SECONDS })
        const s = await driveLoad({ port: ports.slipway, path, bodies: [...sent], connections, seconds: SECONDS })
        bare.push(e.perSecond); ours.push(s.perSecond); ratios.push(s.perSecond / e.perSecond); p99.push(s.p99)
      }
      results.push({ name: `predictions over HTTP, ${what}`, value: median(ours) * rows, unit: 'predictions/s', runs: ours.map(x => x * rows), note: `p99 ${median(p99).toFixed(1)} ms, every one synced before its answer` })
      results.push({ name: `  as a share of a bare node:http echo`, value: median(ratios), unit: '× echo', runs: ratios, note: `the echo answers ${Math.round(median(bare)).toLocaleString('en')} requests/s` })
    }
  } finally {
    await server.close()
    await new Promise(resolve => { echo.close(resolve); echo.closeAllConnections() })
  }
  return results
}
