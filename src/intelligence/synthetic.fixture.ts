// Ports for tests: a feature port over made-up examples, and a metadata component without proofs over a real database.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatActor, type Actor } from '../core/actor.ts'
import type { Json } from '../core/canonical.ts'
import { systemClock } from '../core/clock.ts'
import type { EndpointDefinition, FeatureContent, ModelDefinition } from '../core/definition.ts'
import { digestOf } from '../core/digest.ts'
import { openLog } from '../core/log.ts'
import type { Champion } from '../core/ports/champions.ts'
import type { FeaturePort, TrainingSetRequest } from '../core/ports/features.ts'
import type { Column, Row } from '../core/schema.ts'
import { tableFromRows, type Table } from '../core/table.ts'
import { DAY, HOUR, type Micros } from '../core/time.ts'
import type { EntryInput, Metadata } from '../metadata/index.ts'
import { openBlobStore, openDatabase, type BlobStore, type Database } from '../store/index.ts'
import { openIntelligence, type Intelligence } from './intelligence.ts'

export const ADA: Actor = { kind: 'user', name: 'ada' }
export const BEN: Actor = { kind: 'token', name: 'ben' }

export const MODEL: ModelDefinition = {
  name: 'late', service: 'departure', seed: 7,
  examples: { dataset: 'flights', time: { column: 't' }, entities: {}, request: {}, label: { name: 'late', column: 'y', above: 0, knownAt: 'k' } },
  learner: { name: 'gbdt', params: { trees: 30, learningRate: 0.2, leaves: 8, minLeafRows: 10 } },
  evaluation: { metric: 'auc', holdout: 0.25, baseline: { name: 'logistic' }, margin: 0, alpha: 0.05, approval: { policy: 'house-policy' } },
}

interface Example { time: Micros; knownAt: Micros; label: boolean; distance: number; wind: number | null; carrier: string | null }

/** An example an hour; the outcome depends on whether distance and wind agree, which no line can say, and a little on the carrier. */
export function makeExamples(count: number): Example[] {
  let state = 12345
  const random = (): number => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state / 2 ** 32 }
  return Array.from({ length: count }, (_, i) => {
    const distance = random() * 2 - 1
    const wind = random() < 0.1 ? null : random() * 2 - 1
    const carrier = random() < 0.05 ? null : 'ABCD'[Math.floor(random() * 4)]
    const odds = (distance * (wind ?? 0) > 0 ? 1.2 : -1.2) + (carrier === 'A' ? 0.8 : 0)
    const time = i * HOUR
    return { time, knownAt: time + Math.floor(random() * 5 * HOUR), label: random() < 1 / (1 + Math.exp(-odds)), distance, wind, carrier }
  })
}

export const END = 1200 * HOUR

const OUTPUTS: Column[] = [{ name: 'distance', type: 'float64' }, { name: 'wind', type: 'float64' }, { name: 'carrier', type: 'string' }]

export function contentOf(outputs: Column[] = OUTPUTS): FeatureContent {
  return { service: { name: 'departure', entities: [], request: [], features: outputs.map(o => o.name) }, views: [], sources: [], entities: [], onDemandDigest: null, outputs }
}

export class SyntheticFeatures implements Pick<FeaturePort, 'createTrainingSet' | 'loadDataset'> {
  examples: Example[]
  content = contentOf()
  readonly requests: TrainingSetRequest[] = []
  readonly #tables = new Map<string, Table>()
  constructor(examples: Example[]) { this.examples = examples }

  async createTrainingSet(request: TrainingSetRequest): ReturnType<FeaturePort['createTrainingSet']> {
    this.requests.push(request)
    const content = request.content ?? this.content
    const rows = this.examples.filter(e => e.time >= request.from && e.time < request.to && e.knownAt <= (request.labelsKnownBy ?? request.to))
    const schema: Column[] = [{ name: 'time', type: 'timestamp' }, { name: 'label', type: 'boolean' }, ...content.outputs]
    const table = tableFromRows(schema, rows.map(e => ({ ...e }) as unknown as Row))
    const version = digestOf({ schema, rows: rows as unknown as Json } as unknown as Json)
    this.#tables.set(version, table)
    return { version, rows: rows.length, content, contentDigest: digestOf(content as unknown as Json), parents: ['a'.repeat(64)] }
  }

  async loadDataset(version: string): Promise<Table> { return this.#tables.get(version)! }
}

export interface Laboratory {
  intelligence: Intelligence
  features: SyntheticFeatures
  database: Database
  blobs: BlobStore
  metadata: Metadata
  /** Every ledger entry so far. */
  entries: EntryInput[]
  /** Who is deployed; null at first. */
  deployed: { champion: Champion | null }
  define(model: Partial<ModelDefinition>, endpoints?: EndpointDefinition[]): Promise<void>
  /** Opens the component again over what is stored, as after a restart. */
  reopen(): Promise<Intelligence>
  close(): Promise<void>
}

export async function openLaboratory(): Promise<Laboratory> {
  const dir = mkdtempSync(join(tmpdir(), 'slipway-intelligence-'))
  const database = await openDatabase(join(dir, 'slipway.db'))
  const blobs = await openBlobStore(join(dir, 'blobs'))
  const entries: EntryInput[] = []
  const metadata = {
    get: (kind, id) => database.get(kind, id),
    list: (kind, options) => database.list(kind, options),
    change: async (entry, write) => {
      const result = await database.transaction(tx => write({
        get: (kind, id) => tx.get(kind, id), list: (kind, options) => tx.list(kind, options), put: (kind, id, body, options) => tx.put(kind, id, body, options),
        remove: (kind, id) => tx.remove(kind, id), detail: () => {},
      }))
      return { result, ledger: entries.push(entry) - 1 }
    },
    record: async entry => entries.push(entry) - 1,
  } as Pick<Metadata, 'get' | 'list' | 'change' | 'record'> as Metadata
  const features = new SyntheticFeatures(makeExamples(1200))
  const deployed: Laboratory['deployed'] = { champion: null }
  const parts = {
    metadata, blobs, features: features as unknown as FeaturePort, champions: { champion: async () => deployed.champion },
    clock: { now: () => 100 * DAY, recorded: systemClock.recorded }, log: openLog({ level: 'silent' }),
  }
  const opened: Intelligence[] = []
  const reopen = async (): Promise<Intelligence> => { opened.push(await openIntelligence(parts)); return opened[opened.length - 1] }
  const define: Laboratory['define'] = async (model, endpoints = []) => {
    await database.transaction(async tx => {
      await tx.put('model', MODEL.name, { ...MODEL, ...model })
      for (const endpoint of endpoints) await tx.put('endpoint', endpoint.name, endpoint)
    })
  }
  await define({})
  const intelligence = await reopen()
  return {
    intelligence, features, database, blobs, metadata, entries, deployed, define, reopen,
    close: async () => {
      for (const each of opened) await each.close()
      await database.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** What happened, as `action by actor`. */
export function storyOf(entries: readonly EntryInput[]): string[] { return entries.map(e => `${e.action} by ${formatActor(e.actor)}`) }
