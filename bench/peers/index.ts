// Predictions over HTTP side by side with MLServer (its better setting at each load) and BentoML, over one LightGBM model of 100 trees × 31 leaves and 15 features.
// Ours are all durable before they are answered; a bare node:http echo of the same requests is the limit of the protocol, one sync the floor of a single connection.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pythonEnvironment, run as runCommand } from '../../test/wire/python-environment.ts'
import { driveLoad, type Load } from '../load.ts'
import { median, type BenchResult } from '../result.ts'
import { startBentoMl, startEcho, startMlServer, startSlipway, type Peer } from './servers.ts'

const here = fileURLToPath(new URL('./', import.meta.url))
const SECONDS = 3
const ROUNDS = 3
const BATCH = 1_000

function say(what: string): void { process.stderr.write(`  ${what} …\n`) }

interface Measured { name: string; runs: number[]; p99: number[] }

export async function run(): Promise<BenchResult[]> {
  const work = mkdtempSync(join(tmpdir(), 'slipway-bench-peers-'))
  const opened: Peer[] = []
  const open = async (peer: Promise<Peer>): Promise<Peer> => { const made = await peer; opened.push(made); return made }
  try {
    const mlserver = await pythonEnvironment('mlserver', fileURLToPath(new URL('../../test/wire/open-inference/requirements-mlserver.txt', import.meta.url)))
    const bentoml = await pythonEnvironment('bentoml', join(here, 'requirements-bentoml.txt'))
    await runCommand(mlserver.python, [join(here, 'make_model.py'), work])
    const model = join(work, 'model.txt')
    const { rows, predictions } = JSON.parse(readFileSync(join(work, 'rows.json'), 'utf8')) as { rows: number[][]; predictions: number[] }

    say('starting the servers')
    const slipway = await open(startSlipway(model, join(work, 'home')))
    const idle = slipway.memory()
    await checkAnswers(slipway, rows, predictions)
    const peers = [await open(startMlServer(mlserver, work, 0)), await open(startMlServer(mlserver, work, 2)), await open(startBentoMl(bentoml, model))]
    const echo = await open(startEcho())
    const results: BenchResult[] = []
    const all = [echo, slipway, ...peers]
    const sync = measureSync(work)

    for (const [connections, aim] of [[1, ''], [16, ''], [64, '']] as const) {
      const bodies = (peer: Peer): string[] => rows.slice(0, 500).map(row => peer.body([row]))
      const measured = await race(all, peer => ({ port: peer.port, path: peer.path, bodies: bodies(peer), connections, seconds: SECONDS }), `one row, ${connections} connections${aim}`)
      results.push(...compare(`one row, ${connections} connection${connections > 1 ? 's' : ''}`, measured, 1))
      const [bare] = measured
      if (connections === 1) {
        const bound = 1 / (1 / median(bare.runs) + sync)
        results.push({ name: '  as a share of 1 / (echo + sync)', value: median(measured[1].runs) / bound, unit: '× bound', note: `one sync takes ${(sync * 1_000).toFixed(2)} ms here, so ${Math.round(bound).toLocaleString('en')} requests/s can be had` })
      }
      if (connections !== 64) continue
      const top = median(measured[1].runs)
      say('half of the top rate')
      const half: Load[] = []
      for (let round = 0; round < ROUNDS; round++) half.push(await driveLoad({ port: slipway.port, path: slipway.path, bodies: bodies(slipway), connections, seconds: SECONDS, rate: top / 2 }))
      results.push({ name: '  p99 at half of the top rate', value: median(half.map(l => l.p99)), unit: 'ms', runs: half.map(l => l.p99), note: `${Math.round(top / 2).toLocaleString('en')} requests/s on 64 connections, from when each was due` })
    }

    const blocks = [rows.slice(0, BATCH), rows.slice(BATCH, 2 * BATCH)]
    const json = await race([slipway, ...peers], peer => ({ port: peer.port, path: peer.path, bodies: blocks.map(b => peer.body(b)), connections: 4, seconds: SECONDS }), `${BATCH} rows as JSON, 4 connections`)
    results.push(...compare(`${BATCH} rows a request as JSON, 4 connections`, [null, ...json], BATCH))
    const binary = await race([slipway], peer => ({ port: peer.port, path: peer.path, ...binaryBodies(blocks), connections: 4, seconds: SECONDS }), `${BATCH} rows as binary tensors, 4 connections`)
    results.push(...compare(`${BATCH} rows a request as binary tensors, 4 connections`, [null, binary[0], ...json.slice(1)], BATCH, 'JSON'))

    for (const peer of [slipway, ...peers]) results.push({ name: `${peer.name}: start`, value: peer.coldStart, unit: 's', note: `${Math.round(peer.memory())} MiB after this load${peer === slipway ? `, ${Math.round(idle)} MiB before` : ''}` })
    return results
  } finally {
    for (const peer of opened) await peer.stop()
    rmSync(work, { recursive: true, force: true })
  }
}

/** What is measured answers rightly: to the bit but for the last rounding of the probability. */
async function checkAnswers(peer: Peer, rows: readonly number[][], predictions: readonly number[]): Promise<void> {
  const reply = await fetch(`http://127.0.0.1:${peer.port}${peer.path}`, { method: 'POST', body: peer.body(rows.slice(0, 500)) })
  const { outputs: [{ data }] } = await reply.json() as { outputs: { data: number[] }[] }
  data.forEach((x, i) => { if (Math.abs(x - predictions[i]) > 1e-15) throw new Error(`row ${i}: ${x}, and LightGBM says ${predictions[i]}`) })
}

/** Every peer in each round, after a short run of each. */
async function race(peers: readonly Peer[], job: (peer: Peer) => Parameters<typeof driveLoad>[0], what: string): Promise<Measured[]> {
  say(what)
  const measured = peers.map((p): Measured => ({ name: p.name, runs: [], p99: [] }))
  const tolerant = (peer: Peer): boolean => peer.name !== 'Slipway'
  for (const peer of peers) await driveLoad({ ...job(peer), seconds: 1, tolerant: tolerant(peer) })
  for (let round = 0; round < ROUNDS; round++) for (const [i, peer] of peers.entries()) {
    const load = await driveLoad({ ...job(peer), tolerant: tolerant(peer) })
    measured[i].runs.push(load.perSecond)
    measured[i].p99.push(load.p99)
  }
  return measured
}

/** @param measured the echo (null for none), ours, MLServer twice, BentoML */
function compare(what: string, [echo, ours, ...peers]: readonly (Measured | null)[], rows: number, theirs = ''): BenchResult[] {
  if (ours === null) throw new RangeError('nothing was measured')
  const rate = median(ours.runs)
  const results: BenchResult[] = [{ name: `predictions, ${what}`, value: rate * rows, unit: 'predictions/s', runs: ours.runs.map(x => x * rows), note: `p99 ${median(ours.p99).toFixed(1)} ms, every one on disk before its answer` }]
  if (echo !== null) results.push({ name: '  as a share of a bare node:http echo', value: rate / median(echo.runs), unit: '× echo', runs: ours.runs.map((x, i) => x / echo.runs[i]), note: `the echo answers ${Math.round(median(echo.runs)).toLocaleString('en')} requests/s` })
  const mlservers = peers.filter(p => p?.name.startsWith('MLServer') === true) as Measured[]
  const best = mlservers.reduce((a, b) => (median(b.runs) > median(a.runs) ? b : a))
  for (const peer of [best, ...peers.filter(p => p !== null && !mlservers.includes(p)) as Measured[]]) {
    results.push({ name: `  as a multiple of ${peer.name}${theirs === '' ? '' : `, ${theirs}`}`, value: rate / median(peer.runs), unit: '×', runs: ours.runs.map((x, i) => x / peer.runs[i]), note: `it gives ${Math.round(median(peer.runs) * rows).toLocaleString('en')} predictions/s, p99 ${median(peer.p99).toFixed(1)} ms` })
  }
  return results
}

function binaryBodies(blocks: readonly number[][][]): { bodies: Uint8Array[]; headers: string } {
  const made = blocks.map(rows => {
    const raw = Buffer.from(Float64Array.from(rows.flat()).buffer)
    const head = Buffer.from(JSON.stringify({ inputs: [{ name: 'x', shape: [rows.length, rows[0].length], datatype: 'FP64', parameters: { binary_data_size: raw.length } }], parameters: { binary_data_output: true } }))
    return { body: Buffer.concat([head, raw]), length: head.length }
  })
  return { bodies: made.map(m => m.body), headers: `Inference-Header-Content-Length: ${made[0].length}\r\n` }
}

/** Seconds that one append with its sync takes, the median. */
function measureSync(folder: string): number {
  const file = openSync(join(folder, 'sync'), 'w')
  const runs: number[] = []
  try {
    for (let i = 0; i < 300; i++) {
      const from = performance.now()
      writeSync(file, Buffer.alloc(512))
      fdatasyncSync(file)
      runs.push((performance.now() - from) / 1_000)
    }
  } finally { closeSync(file) }
  return median(runs)
}
