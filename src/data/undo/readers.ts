// Who reads what an undo changes, and which predictions were made from it.
import { SlipwayError } from '../../core/errors.ts'
import type { EndpointDefinition, ModelDefinition, SourceDefinition } from '../../core/definition.ts'
import { columnOf, getValue, type ColumnData } from '../../core/table.ts'
import type { Metadata } from '../../metadata/index.ts'
import { readRows } from '../../store/index.ts'
import type { RegisteredFeatures } from '../registered-features.ts'
import { countingAt, type UndoMark } from './counting.ts'
import type { Effects, UndoJournal } from './effects.ts'
import { holds } from './stretch.ts'

export interface Readers {
  services: string[]
  /** They read it online, or are trained on a dataset whose head moves. */
  models: string[]
  endpoints: { name: string; model: string; /** Made since, from rows that are undone. */ predictions: number }[]
}

interface ReaderContext { metadata: Pick<Metadata, 'list'>; registered: RegisteredFeatures; journal: UndoJournal }

/** @param datasets whose heads move @param position up to which predictions are counted */
export async function findReaders(context: ReaderContext, marks: readonly UndoMark[], effects: Effects, datasets: ReadonlySet<string>, position: number): Promise<Readers> {
  const { metadata, registered } = context
  const changed = [effects.undone, effects.again].flatMap(e => [...e.rows, ...e.materializations])
  const online = new Set(changed.map(c => c.source))
  const definitions = await registered.current()
  const sourcesOf = new Map(definitions.services.map(({ definition }): [string, SourceDefinition[]] => [definition.name, resolve(registered, definitions, definition.name)]))
  const services = [...sourcesOf].filter(([, sources]) => sources.some(s => online.has(s.name) || datasets.has(s.dataset))).map(([name]) => name)
  const models = (await metadata.list<ModelDefinition & Record<string, never>>('model')).map(d => d.body as ModelDefinition).filter(m => services.includes(m.service) || datasets.has(m.examples.dataset))
  const endpoints: Readers['endpoints'] = []
  for (const { body } of await metadata.list<EndpointDefinition & Record<string, never>>('endpoint')) {
    const { name, model } = body as EndpointDefinition
    const reads = models.find(m => m.name === model)
    if (reads === undefined) continue
    const first = firstUndone(effects, new Set((sourcesOf.get(reads.service) ?? []).map(s => s.name)))
    endpoints.push({ name, model, predictions: first === null ? 0 : await countPredictions(context.journal, marks, name, first, position) })
  }
  return { services, models: models.map(m => m.name), endpoints }
}

/** A service that cannot be resolved any more reads nothing. */
function resolve(registered: RegisteredFeatures, definitions: Parameters<RegisteredFeatures['service']>[0], service: string): SourceDefinition[] {
  try { return registered.service(definitions, service).sources } catch (error) {
    if (error instanceof SlipwayError) return []
    throw error
  }
}

/** By source the first row that is undone: whoever read a later one of the same source read it with this one before it. */
function firstUndone({ undone }: Effects, sources: ReadonlySet<string>): { source: string; sequence: number }[] | null {
  const first = new Map<string, number>()
  for (const { source, sequence } of [...undone.rows.map(r => ({ source: r.source, sequence: r.first })), ...undone.materializations]) {
    if (sources.has(source)) first.set(source, Math.min(first.get(source) ?? sequence, sequence))
  }
  return first.size === 0 ? null : [...first].map(([source, sequence]) => ({ source, sequence }))
}

/** Predictions whose features were read at a position at which one of these rows counted. */
async function countPredictions(journal: UndoJournal, marks: readonly UndoMark[], endpoint: string, first: readonly { source: string; sequence: number }[], position: number): Promise<number> {
  const saw = new Map<number, boolean>()
  let count = 0
  for await (const { table } of readRows(journal, { from: Math.min(...first.map(f => f.sequence)), to: position, streams: [`prediction/${endpoint}/`], columns: ['asOf'] })) {
    const asOf = columnOf(table, 'asOf') as ColumnData
    for (let i = 0; i < table.rows; i++) {
      const at = getValue(asOf, i)
      if (at === null) continue
      let known = saw.get(Number(at))
      if (known === undefined) saw.set(Number(at), known = first.some(f => f.sequence <= Number(at) && holds(countingAt(marks, f.source, Number(at)), f.sequence)))
      if (known) count++
    }
  }
  return count
}
