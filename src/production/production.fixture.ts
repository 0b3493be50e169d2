// A home in a temporary folder with the real store and metadata, and made-up features and model versions, for tests.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Actor } from '../core/actor.ts'
import type { Json } from '../core/canonical.ts'
import { SettableClock } from '../core/clock.ts'
import { resolveConfig } from '../core/config.ts'
import type { EndpointDefinition, FeatureContent, ModelContent } from '../core/definition.ts'
import { digestOf } from '../core/digest.ts'
import { SlipwayError } from '../core/errors.ts'
import { openLog } from '../core/log.ts'
import type { FeaturePort } from '../core/ports/features.ts'
import type { ModelVersion } from '../core/ports/registry.ts'
import type { Row, Value } from '../core/schema.ts'
import { tableFromRows } from '../core/table.ts'
import { HOUR, type Micros } from '../core/time.ts'
import { openMetadata, type Metadata, type MetadataOptions } from '../metadata/index.ts'
import { encodeLinear } from '../models/index.ts'
import { openBlobStore, openDatabase, openHome, type BlobStore, type Journal, type LocalJournal } from '../store/index.ts'
import { memoryJournal, type MemoryFrames } from './memory-journal.fixture.ts'
import { openProduction, type Production } from './production.ts'

export const ADA: Actor = { kind: 'user', name: 'ada' }
export const START: Micros = 1_364_774_400_000_000
export const ENDPOINT: EndpointDefinition = { name: 'flight-delay', model: 'late', threshold: 0.5, labelEntity: 'flight' }
const NAMES = ['FL', 'UA']

const FEATURES: FeatureContent = {
  service: {
    name: 'departure', entities: ['origin', 'seat'],
    request: [{ name: 'carrier', type: 'string' }, { name: 'distance', type: 'float64' }, { name: 'scheduled', type: 'timestamp', model: false }, { name: 'note', type: 'string', optional: true, model: false }],
    features: ['delays.count', 'delays.mean'],
    onDemand: { module: './on-demand.ts', functions: [{ name: 'hour', export: 'hour', type: 'int64', inputs: ['scheduled'] }] },
  },
  views: [{ name: 'delays', kind: 'aggregate', entity: 'origin', source: 'departures', features: [{ name: 'count', aggregate: 'count', window: '1h' }, { name: 'mean', aggregate: 'mean', column: 'delay', window: '1h' }] }],
  sources: [{ name: 'departures', dataset: 'flights', id: ['id'], eventTime: 't', columns: [{ name: 'id', type: 'string' }, { name: 't', type: 'timestamp' }, { name: 'origin', type: 'string' }, { name: 'delay', type: 'float64' }] }],
  entities: [{ name: 'origin', key: 'origin', type: 'string' }, { name: 'seat', key: 'seat', type: 'int64' }],
  onDemandDigest: null,
  outputs: [{ name: 'carrier', type: 'string' }, { name: 'distance', type: 'float64' }, { name: 'delays.count', type: 'int64' }, { name: 'delays.mean', type: 'float64' }, { name: 'hour', type: 'int64' }],
}

/** Features whose state is the mean of everything that was pushed; `events` outlives a restart, as the journal does. */
class FakeFeatures implements Pick<FeaturePort, 'prepare' | 'read' | 'push' | 'computeOnDemand'> {
  readonly #journal: LocalJournal
  readonly #events: Map<string, number[]>
  /** What every read fails with, and the next one alone. */
  failing: Error | null = null
  failOnce: Error | null = null
  /** Rows of each read. */
  readonly reads: number[] = []

  constructor(journal: LocalJournal, events: Map<string, number[]>) { this.#journal = journal; this.#events = events }

  async prepare(content: FeatureContent): Promise<{ digest: string }> { return { digest: digestOf(content as unknown as Json) } }

  async read(_digest: string, rows: Parameters<FeaturePort['read']>[1]): ReturnType<FeaturePort['read']> {
    this.reads.push(rows.length)
    const failure = this.failOnce ?? this.failing
    this.failOnce = null
    if (failure !== null) throw failure
    if (rows.some(r => r.at < START - 24 * HOUR)) throw new SlipwayError('event_time_out_of_range', 'Too old.')
    await Promise.resolve()
    return { asOf: this.#journal.position, vectors: rows.map(({ entities, request }): Value[] => {
      const delays = this.#events.get(String(entities.origin)) ?? []
      return [request.carrier, request.distance, delays.length, delays.length === 0 ? null : delays.reduce((a, b) => a + b, 0) / delays.length, hourOf(request)]
    }) }
  }

  async computeOnDemand(_content: FeatureContent, rows: { request: Row }[]): Promise<Value[][]> { return rows.map(r => [hourOf(r.request)]) }

  async push(source: string, events: Parameters<FeaturePort['push']>[1]): ReturnType<FeaturePort['push']> {
    if (source !== 'departures') throw new SlipwayError('not_found', `There is no source ${source}.`)
    const columns = [{ name: 'origin', type: 'string' as const }, { name: 'delay', type: 'float64' as const }]
    const { first, last } = this.#journal.append({ name: 'event/departures/000000000000', columns }, tableFromRows(columns, events.map(e => e.values)))
    for (const { values } of events) this.#events.set(String(values.origin), [...this.#events.get(String(values.origin)) ?? [], values.delay as number])
    return { first, last, duplicates: 0 }
  }
}

function hourOf(request: Row): Value { return Math.floor((request.scheduled as number) / HOUR) % 24 }

export interface Bench {
  dir: string
  clock: SettableClock
  blobs: BlobStore
  production: Production
  metadata: Metadata
  journal: ReturnType<typeof memoryJournal>
  /** What the journal holds, as files would. */
  kept: MemoryFrames
  features: FakeFeatures
  versions: ModelVersion[]
  /** A new model version; the bias moves its outputs. */
  addVersion(bias: number, change?: (version: ModelVersion) => void): Promise<ModelVersion>
  /** Releases the newest version and deploys it. */
  ship(): Promise<string>
  /** Makes the digests of a changed version those of its content, with a gate and an approval of it. */
  seal(version: ModelVersion): void
  removeBlob(digest: string): void
  /** Of the home, by its path there. */
  removeFile(path: string): void
  /** Everything closed and opened again over what is stored. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** `wrap` stands between production and the journal. */
export async function openBench({ wrap = j => j }: { wrap?: (journal: LocalJournal) => Journal } = {}): Promise<Bench> {
  const dir = mkdtempSync(join(tmpdir(), 'slipway-production-'))
  const kept: MemoryFrames = { frames: [], position: 0 }
  const events = new Map<string, number[]>()
  const versions: ModelVersion[] = []
  const clock = new SettableClock()
  clock.freeze(START)
  const { config } = resolveConfig()
  const log = openLog({ level: 'silent' })

  const open = async (): Promise<Pick<Bench, 'production' | 'metadata' | 'journal' | 'blobs' | 'features'> & { stop(): Promise<void> }> => {
    const home = openHome(dir)
    const database = await openDatabase(home.paths.database)
    const blobs = await openBlobStore(home.paths.blobs)
    const journal = memoryJournal(kept)
    const metadata = await openMetadata({ paths: home.paths, database, blobs, journal, clock, config, log } as unknown as MetadataOptions)
    const features = new FakeFeatures(journal, events)
    const registry = { getVersion: async (model: string, version: number | null): Promise<ModelVersion> => {
      const found = version === null ? versions.at(-1) : versions.find(v => v.version === version)
      if (found === undefined) throw new SlipwayError('not_found', `There is no version ${version} of ${model}.`)
      return found
    } }
    const production = await openProduction({ metadata, blobs, journal: wrap(journal), features: features as unknown as FeaturePort, registry, clock, home: dir, log })
    return { production, metadata, journal, blobs, features, stop: async () => {
      await production.close()
      await metadata.close()
      await database.close()
      home.close()
    } }
  }

  let opened = await open()
  await opened.metadata.change({ actor: ADA, action: 'project.applied', subject: 'project/test' }, async tx => {
    await tx.put('endpoint', ENDPOINT.name, { ...ENDPOINT })
    await tx.put('endpoint', 'bare', { name: 'bare', model: 'late' })
    await tx.put('entity', 'flight', { name: 'flight', key: 'id', type: 'string' })
    await tx.put('model', 'late', { name: 'late', examples: { label: { name: 'late' } } })
  })

  const bench: Bench = {
    dir, clock, versions, kept, ...opened,
    async addVersion(bias, change) {
      const number = (mean: number, weight: number): { mean: number; scale: number; weight: number; missing: number } => ({ mean, scale: 1, weight, missing: 0.1 })
      const artifact = encodeLinear({
        intercept: bias,
        inputs: [{ name: 'carrier', type: 'category', categories: NAMES }, { name: 'distance', type: 'float64' }, { name: 'delays.count', type: 'float64' }, { name: 'delays.mean', type: 'float64' }, { name: 'hour', type: 'float64' }],
        terms: [{ weights: [0.3, -0.3, 0, 0.05] }, number(1000, 0.001), number(0, 0.07), number(10, 0.01), number(12, 0.03)],
      })
      const onDemandDigest = await bench.blobs.put(new TextEncoder().encode('export const hour = s => Math.floor(s / 3.6e9) % 24\n'))
      const content: ModelContent = { model: { digest: await bench.blobs.put(artifact), format: 'slipway-linear/1' }, features: { ...FEATURES, onDemandDigest }, threshold: 0.5 }
      const contentDigest = digestOf(content as unknown as Json)
      const version = versions.length + 1
      const estimate = { value: 0.7, low: 0.68, high: 0.72 }
      const made: ModelVersion = {
        model: 'late', version, content, contentDigest, run: `run_${version}`,
        lineage: { trainingSet: 'f'.repeat(64), parents: ['e'.repeat(64)], seed: 7, learner: 'logistic', params: {} },
        gate: {
          id: `gate_${version}`, contentDigest, passed: true, metric: 'auc', reference: 'baseline:logistic', rows: 100, positives: 40, candidate: estimate, referenceValue: estimate,
          difference: estimate, margin: 0, alpha: 0.05, test: 'delong-paired', pValue: 0.01, detectable: 0.01, reason: 'better', at: START,
        },
        approval: { id: `appr_${version}`, contentDigest, gate: `gate_${version}`, actor: 'policy:test', approved: true, reason: 'policy', at: START },
      }
      change?.(made)
      versions.push(made)
      return made
    },
    async ship() {
      const { release } = await bench.production.createRelease({ endpoint: ENDPOINT.name, actor: ADA })
      await bench.production.deploy({ endpoint: ENDPOINT.name, release: release.number, actor: ADA })
      return release.id
    },
    seal(version) {
      version.contentDigest = digestOf(version.content as unknown as Json)
      for (const judged of [version.gate, version.approval]) if (judged !== null) judged.contentDigest = version.contentDigest
    },
    removeBlob: digest => { rmSync(bench.blobs.path(digest)) },
    removeFile: path => { rmSync(join(dir, path)) },
    async restart() {
      await opened.journal.waitDurable()
      await opened.stop()
      opened = await open()
      Object.assign(bench, opened)
    },
    async close() {
      await opened.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
  return bench
}

/** A request that is right in every part. */
export function goodRow(change: { flight?: string; origin?: string; distance?: number; idempotencyKey?: string; eventTime?: Micros } = {}): { entities: Record<string, unknown>; request: Record<string, unknown>; idempotencyKey?: string; eventTime?: Micros } {
  const { flight = 'UA1', origin = 'EWR', distance = 1400, ...rest } = change
  return { entities: { origin, seat: 12, flight }, request: { carrier: 'UA', distance, scheduled: START + HOUR }, ...rest }
}
