// All benchmarks in one command (npm run bench): figures with the machine that they were measured on, medians of several rounds.
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FULL_TOUR, runTour } from '../examples/flights/tour.ts'
import { DAY, HOUR } from '../examples/flights/plan.ts'
import { openTimeline } from '../examples/flights/timeline.ts'
import { resolveConfig } from '../src/core/config.ts'
import { openPlatform } from '../src/platform.ts'
import { run as runFeast } from './feast.ts'
import { runPushes, runTrainingSet } from './features.ts'
import { run as runPointInTime } from './point-in-time.ts'
import { run as runMaterialize } from './materialize.ts'
import { run as runPeers } from './peers/index.ts'
import { run as runModels } from './models.ts'
import type { BenchResult } from './result.ts'
import { run as runServing } from './serving.ts'
import { run as runTraining } from './training.ts'
import { run as runWindows } from './windows.ts'

const wanted = process.argv.slice(2).filter(a => !a.startsWith('--'))
const json = process.argv.includes('--json')
const say = (line: string): void => { (json ? process.stderr : process.stdout).write(`${line}\n`) }

say(`${cpus().length} × ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, ${process.platform}-${process.arch}`)
say('medians of several rounds; on shared cores mind the ratios, not the figures\n')

const home = mkdtempSync(join(tmpdir(), 'slipway-bench-'))
const all: BenchResult[] = []
const report = (results: BenchResult[]): void => {
  for (const r of results) {
    all.push(r)
    const figure = r.value >= 100 ? Math.round(r.value).toLocaleString('en') : r.value.toPrecision(3)
    const runs = r.runs === undefined || r.runs.length < 2 ? '' : ` [${r.runs.map(x => (x >= 100 ? Math.round(x).toLocaleString('en') : x.toPrecision(3))).join(' ')}]`
    say(`${r.name.padEnd(52)} ${figure.padStart(9)} ${r.unit}${runs}\n${' '.repeat(52)}           ${r.note}`)
  }
}
const asked = (name: string): boolean => wanted.length === 0 || wanted.includes(name)

const platform = await openPlatform({ home, config: resolveConfig({ flags: { log: { level: 'warn' } } }).config })
try {
  if (asked('training')) report(await runTraining())
  if (asked('models')) report(await runModels())
  if (asked('materialize')) report(await runMaterialize())
  if (asked('point-in-time')) report(await runPointInTime())
  if (asked('windows')) report(await runWindows())
  if (asked('training-set') || asked('pushes') || asked('serving')) {
    const plan = { ...FULL_TOUR, lifeTo: FULL_TOUR.lifeFrom + DAY, until: FULL_TOUR.lifeFrom + DAY + HOUR, singles: 0, replays: 10, outage: null, worse: null, badFeed: null }
    await runTour({ url: 'http://127.0.0.1:0', platform, plan, print: () => {} })
    const folder = fileURLToPath(new URL('../examples/flights/data', import.meta.url))
    const timeline = await (await openTimeline(platform.engine, { ...plan, lifeTo: plan.lifeTo + DAY, until: plan.lifeTo + DAY }, folder)).read(plan.lifeTo, plan.lifeTo + DAY)
    // No event time: each asks about now, the clock's.
    const bodies = timeline.flatMap(h => (h.kind === 'predict' ? [JSON.stringify({ entities: h.entities, request: h.request })] : []))
    if (asked('training-set')) report(await runTrainingSet(platform))
    if (asked('serving')) report(await runServing(platform, bodies))
    // Last: it fills the windows with a hundred times the events that an airport has.
    if (asked('pushes')) report(await runPushes(platform))
  }
  if (asked('feast')) report(await runFeast())
  if (asked('peers')) report(await runPeers())
} finally {
  await platform.close()
  rmSync(home, { recursive: true, force: true })
}
if (json) process.stdout.write(`${JSON.stringify({ machine: { cores: cpus().length, model: cpus()[0].model, node: process.versions.node }, results: all }, null, 1)}\n`)
