// A home with the real store and metadata, and made-up predictions, for tests.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SettableClock } from '../core/clock.ts'
import { resolveConfig } from '../core/config.ts'
import type { EvaluationPolicy, MonitorDefinition } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import { openLog } from '../core/log.ts'
import { FALLBACKS, ROLES, type FallbackKind, type Outcomes, type PredictionPort, type PredictionRole, type ServedRelease } from '../core/ports/predictions.ts'
import { emptyColumn, type Table } from '../core/table.ts'
import { parseTime, type Micros } from '../core/time.ts'
import { openMetadata, type Metadata, type MetadataOptions } from '../metadata/index.ts'
import { openBlobStore, openDatabase, openHome } from '../store/index.ts'
import { openMonitoring, type Monitoring } from './monitoring.ts'

export const at = (text: string): Micros => parseTime(text) as Micros
export const ADA = { kind: 'user', name: 'ada' } as const

export interface FakeRow { time: Micros; output: number; label: number; knownAt?: Micros; release?: number; role?: PredictionRole; fallback?: FallbackKind }

/** Answers as the port is documented: range by event time, truth by the time that it is asked for. */
export class FakePredictions implements PredictionPort {
  rows: FakeRow[] = []
  releases: ServedRelease[] = []
  tables = new Map<string, Table>()

  async outcomes({ from, to, knownBy = Infinity }: Parameters<PredictionPort['outcomes']>[0]): Promise<Outcomes> {
    const found = this.rows.map((row, i) => ({ ...row, sequence: i + 1 })).filter(r => r.time >= from && r.time < to)
    const known = (r: FakeRow): boolean => (r.knownAt ?? r.time) <= knownBy
    return {
      rows: found.length, sequence: Float64Array.from(found, r => r.sequence), eventTime: Float64Array.from(found, r => r.time), output: Float64Array.from(found, r => r.output),
      label: Float64Array.from(found, r => (known(r) ? r.label : Number.NaN)), labelKnownAt: Float64Array.from(found, r => (known(r) && !Number.isNaN(r.label) ? r.knownAt ?? r.time : Number.NaN)),
      release: Float64Array.from(found, r => r.release ?? 1), role: Uint8Array.from(found, r => ROLES.indexOf(r.role ?? 'champion')), fallback: Uint8Array.from(found, r => FALLBACKS.indexOf(r.fallback ?? '')),
    }
  }

  async features({ contentDigest, from, to }: Parameters<PredictionPort['features']>[0]): Promise<Table> {
    const table = this.tables.get(contentDigest)
    if (table === undefined) throw new SlipwayError('not_found', `There is no content ${contentDigest}.`)
    const places = Array.from(table.columns[0].values as Float64Array, (time, i) => ({ time, i })).filter(p => p.time >= from && p.time < to).map(p => p.i)
    const columns = table.columns.map(c => {
      const cut = emptyColumn(c.type, places.length)
      places.forEach((i, k) => { cut.values[k] = c.values[i] })
      if (c.valid !== undefined) cut.valid = Uint8Array.from(places, i => c.valid?.[i] ?? 1)
      return cut
    })
    return { rows: places.length, schema: table.schema, columns }
  }

  async served(): Promise<ServedRelease[]> { return this.releases }
}

/** A small generator of numbers in [0, 1) (mulberry32), the same everywhere. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6D2B79F5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface Bench {
  monitoring: Monitoring
  metadata: Metadata
  predictions: FakePredictions
  datasets: Map<string, Table>
  clock: SettableClock
  declare(monitors: MonitorDefinition[]): Promise<void>
  /** Over the same home with nothing remembered; `change` may stand in the way of writing. */
  reopen(change?: (metadata: Metadata) => Metadata): Monitoring
  close(): Promise<void>
}

export async function openBench(options: { trial?: EvaluationPolicy['trial'] } = {}): Promise<Bench> {
  const dir = mkdtempSync(join(tmpdir(), 'slipway-monitoring-'))
  const home = openHome(dir)
  const [database, blobs] = [await openDatabase(home.paths.database), await openBlobStore(home.paths.blobs)]
  const clock = new SettableClock()
  const log = openLog({ level: 'silent' })
  const journal = { position: 0, durable: 0, onClosed: () => () => {}, closed: () => [], rotate: async () => {}, waitDurable: async () => {} }
  const metadata = await openMetadata({ paths: home.paths, database, blobs, journal, clock, config: resolveConfig().config, log } as unknown as MetadataOptions)
  const predictions = new FakePredictions()
  const datasets = new Map<string, Table>()
  const model = { name: 'late', examples: { label: { name: 'late' } }, evaluation: { metric: 'auc', ...(options.trial === undefined ? {} : { trial: options.trial }) } }
  await metadata.change({ actor: ADA, action: 'project.applied', subject: 'project/test' }, async tx => {
    await tx.put('endpoint', 'e', { name: 'e', model: 'late' })
    await tx.put('model', 'late', model)
  })
  const loadDataset = async (version: string): Promise<Table> => {
    const table = datasets.get(version)
    if (table === undefined) throw new SlipwayError('not_found', `There is no dataset version ${version}.`)
    return table
  }
  const open = (through: Metadata): Monitoring => openMonitoring({ predictions, datasets: { loadDataset }, metadata: through, clock, log })
  return {
    monitoring: open(metadata), metadata, predictions, datasets, clock,
    async declare(monitors) {
      await metadata.apply(ADA, 'monitors', monitors.map(m => ({ kind: 'monitor', id: m.name, body: { ...m } as never })))
    },
    reopen: (change = m => m) => open(change(metadata)),
    async close() {
      await metadata.close()
      await database.close()
      home.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
