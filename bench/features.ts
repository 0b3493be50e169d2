// The training set of a year by SQL, and pushes into online state with the journal on, beside one sync of the same bytes.
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Platform } from '../src/platform.ts'
import { localActor } from '../src/core/actor.ts'
import type { ModelDefinition } from '../src/core/definition.ts'
import { repeat, type BenchResult } from './result.ts'

const utc = (day: string): number => Date.parse(`${day}T00:00:00Z`) * 1_000

export async function runTrainingSet(platform: Platform): Promise<BenchResult[]> {
  const model = (await platform.metadata.get<ModelDefinition>('model', 'late-arrival'))!.body
  let rows = 0
  const { value, runs } = await repeat(3, async () => {
    const started = performance.now()
    rows = (await platform.data.createTrainingSet({ name: 'bench', service: model.service, examples: model.examples, from: utc('2013-01-01'), to: utc('2014-01-01'), labelsKnownBy: utc('2014-01-03'), actor: localActor(), purpose: 'benchmark' })).rows
    return rows / ((performance.now() - started) / 1_000)
  })
  return [{ name: 'training set by SQL, point in time', value, unit: 'rows/s', runs, note: `${rows.toLocaleString('en')} rows of a year, 8 windows, weather, planes, on-demand features, written as a dataset version` }]
}

export async function runPushes(platform: Platform): Promise<BenchResult[]> {
  const now = platform.clock.now()
  let n = 0
  const event = (): { values: { flight_id: string; departed_at: number; origin: string; carrier: string; dep_delay: number } } => {
    n++
    return { values: { flight_id: `bench-${now}-${n}`, departed_at: platform.clock.now() - (n % 3_600) * 1_000_000, origin: ['EWR', 'JFK', 'LGA'][n % 3], carrier: ['UA', 'B6', 'AA', 'DL'][n % 4], dep_delay: n % 90 } }
  }
  const results: BenchResult[] = []
  for (const batch of [1, 100]) {
    const measured = await repeat(3, async () => {
      const started = performance.now()
      const total = 20_000
      for (let i = 0; i < total; i += batch) await platform.data.push('departures', Array.from({ length: batch }, event))
      await platform.journal.waitDurable()
      return total / ((performance.now() - started) / 1_000)
    })
    results.push({ name: `feature pushes, ${batch} a call`, value: measured.value, unit: 'events/s', runs: measured.runs, note: 'journaled, applied to online state; the end waits for the disk' })
  }
  const file = openSync(join(platform.home.dir, 'bench.tmp'), 'w')
  const bytes = Buffer.alloc(200)
  const floor = await repeat(3, async () => {
    const started = performance.now()
    for (let i = 0; i < 300; i++) { writeSync(file, bytes); fdatasyncSync(file) }
    return 300 / ((performance.now() - started) / 1_000)
  })
  closeSync(file)
  results.push({ name: '  beside: one write and one sync after the other', value: floor.value, unit: 'syncs/s', runs: floor.runs, note: 'the floor of a lone client that waits for each' })
  return results
}
