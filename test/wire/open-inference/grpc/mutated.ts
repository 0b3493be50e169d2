// Every method over gRPC, asked wrongly some thousand times: bytes of the message flipped, cut, repeated and inserted; lengths, flags and headers that lie; gzip
// that is none. Nothing is INTERNAL or UNKNOWN, nothing hangs, and the server does its work afterwards.
// Arguments: [number of requests] [seed]
import { connect, type ClientHttp2Session } from 'node:http2'
import { gzipSync } from 'node:zlib'
import { openLog } from '../../../../src/core/log.ts'
import { seededRandom } from '../../../../src/core/seeded-random.ts'
import { encodeMessage, INFERENCE, openGrpcClient } from '../../../../src/http/fixtures/grpc-client.ts'
import { frameMessage } from '../../../../src/http/fixtures/http2-call.ts'
import { ENDPOINT, openSmallHome } from '../../../../src/http/fixtures/small-home.ts'
import { openServer } from '../../../../src/http/index.ts'
import { Findings } from '../../../chaos/server-process.ts'
import { pick, type Random } from '../../mutations.ts'
import { mutateBytes, RAW as raw, TYPED as typed, whole } from './mutate-bytes.ts'

const [count = 10_000, seed = 1] = process.argv.slice(2).map(Number)
const LONGEST_MS = 10_000
const OURS = new Set([2, 13])
const BETRAYALS = /\bat [^"]*\.(ts|js):\d+|node_modules|node:internal|is not a function|Cannot read propert|of undefined/

const named = encodeMessage('ModelReadyRequest', { name: ENDPOINT, version: '1' })
const METHODS: [path: string, good: Buffer][] = [
  ...Array.from({ length: 4 }, (): [string, Buffer] => [`${INFERENCE}ModelInfer`, typed]), ...Array.from({ length: 4 }, (): [string, Buffer] => [`${INFERENCE}ModelInfer`, raw]), [`${INFERENCE}ModelStreamInfer`, raw], [`${INFERENCE}ModelStreamInfer`, typed],
  ...['ModelReady', 'ModelMetadata', 'ModelConfig', 'ModelStatistics'].map((m): [string, Buffer] => [INFERENCE + m, named]), [`${INFERENCE}RepositoryIndex`, encodeMessage('RepositoryIndexRequest', { ready: true })],
  [`${INFERENCE}RepositoryModelLoad`, encodeMessage('RepositoryModelLoadRequest', { model_name: ENDPOINT, parameters: { config: { string_param: '{}' } } })], [`${INFERENCE}ServerMetadata`, Buffer.alloc(0)],
  ['/grpc.health.v1.Health/Check', Buffer.alloc(0)], ['/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', Buffer.concat([Buffer.from([0x22, 30]), Buffer.from('inference.GRPCInferenceService')])],
]

interface Mutant { path: string; body: Buffer; headers: Record<string, string>; what: string }

function mutant(random: Random): Mutant {
  const [path, good] = pick(random, METHODS)
  let message = good
  for (let n = whole(random, 3); n > 0; n--) message = mutateBytes(random, message)
  const headers: Record<string, string> = {}
  let body = frameMessage(message)
  const action = random()
  if (action < 0.06) { headers['grpc-encoding'] = 'gzip'; body = frameMessage(gzipSync(message), 1) }
  else if (action < 0.12) { headers['grpc-encoding'] = pick(random, ['gzip', 'deflate', 'br', '']); body = frameMessage(mutateBytes(random, gzipSync(message)), 1) }
  else if (action < 0.15) body = frameMessage(message, whole(random, 256))
  else if (action < 0.18) body = frameMessage(message, 0, pick(random, [0, 1, message.length + 1, 2 ** 31, 2 ** 32 - 1, whole(random, 2 ** 20)]))
  else if (action < 0.2) body = mutateBytes(random, body)
  else if (action < 0.22) body = Buffer.concat([body, body])
  if (random() < 0.05) headers['grpc-timeout'] = pick(random, ['1n', '0S', '99999999H', '-1S', 'soon', '10', '20S'])
  if (random() < 0.05) headers.authorization = pick(random, ['Bearer', 'Bearer x', 'Basic eA==', `Bearer ${'x'.repeat(3_000)}`, 'Bearer \t'])
  return { path, body, headers, what: `${path} ${JSON.stringify(headers)} ${body.toString('hex').slice(0, 400)}` }
}

interface Reply { status: number; text: string; ms: number }

function send(session: ClientHttp2Session, { path, body, headers }: Mutant): Promise<Reply> {
  return new Promise(resolve => {
    const started = performance.now()
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers })
    let found: Record<string, unknown> = {}
    const done = (problem: string): void => {
      clearTimeout(late)
      resolve({ status: found['grpc-status'] === undefined ? -1 : Number(found['grpc-status']), text: problem || decodeURIComponent(String(found['grpc-message'] ?? '')), ms: performance.now() - started })
    }
    const late = setTimeout(() => { stream.close(); done('no answer in time') }, LONGEST_MS)
    stream.on('response', h => { found = { ...found, ...h } })
    stream.on('trailers', h => { found = { ...found, ...h } })
    stream.on('data', () => {})
    stream.on('end', () => { done('') })
    stream.on('error', error => { done(error.message) })
    stream.end(body)
  })
}

const findings = new Findings()
const logged: string[] = []
const home = await openSmallHome()
const server = await openServer(home.platform, { host: '127.0.0.1', port: 0, grpcPort: 0, log: openLog({ level: 'error', write: line => { logged.push(line) } }) })
const address = server.grpc as string
const random = seededRandom(seed)
const statuses = new Map<number, number>()
const faults = new Map<string, string>()
let slowest = 0
let sent = 0
const started = performance.now()
try {
  await Promise.all(Array.from({ length: 8 }, async () => {
    const session = connect(`http://${address}`)
    session.on('error', error => { faults.set(`the connection broke: ${error.message}`, '') })
    while (sent++ < count) {
      const request = mutant(random)
      const reply = await send(session, request)
      statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1)
      slowest = Math.max(slowest, reply.ms)
      if (reply.status === -1 || OURS.has(reply.status) || BETRAYALS.test(reply.text)) faults.set(`${request.path}: ${reply.status} ${reply.text.slice(0, 300)}`, request.what)
    }
    session.destroy()
  }))
  for (const [fault, request] of [...faults].slice(0, 10)) findings.expect(false, `${fault}\n      ${request}`)
  process.stdout.write(`${count} requests, seed ${seed}, in ${((performance.now() - started) / 1_000).toFixed(1)} s, ${Math.round(slowest)} ms at most; by status: ${[...statuses].sort(([a], [b]) => a - b).map(([s, n]) => `${n}× ${s}`).join(', ')}\n`)
  findings.expect(faults.size === 0, 'no INTERNAL, no UNKNOWN, no silence')
  findings.expect(logged.length === 0, `nothing was logged as an error${logged.length === 0 ? '' : `: ${logged[0].slice(0, 800)}`}`)
  findings.expect((statuses.get(0) ?? 0) > count / 20, 'many of them were good enough to be answered')
  const client = openGrpcClient(address)
  const reply = await client.send(`${INFERENCE}ModelInfer`, raw)
  client.close()
  findings.expect(reply.code === 0, 'a good prediction works afterwards')
  const replayed = await home.platform.production.replayMany({ count: 2_000 })
  findings.expect(replayed.count > 0 && replayed.equal === replayed.count, `${replayed.count} predictions replay, all equal`)
} finally {
  await server.close()
  await home.remove()
}
findings.end()
