// Online state in a file: magic, length and text of a JSON header, the sections that it describes, SHA-256 of all that.
// Doubles and times lie as little-endian doubles (NaN: missing), everything else as canonical JSON.
import { createHash } from 'node:crypto'
import { canonicalize, parseCanonical, type Json } from '../../core/canonical.ts'
import type { SourceDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { Value } from '../../core/schema.ts'
import type { Micros } from '../../core/time.ts'
import { EventState, type StoredEvent } from './event-state.ts'
import type { StaticState } from './static-state.ts'

const MAGIC = 'SWFEAT02'
const FAMILY = 'SWFEAT'
const DIGEST_BYTES = 32

export interface SnapshotEvents { source: SourceDefinition; keys: Map<string, Micros>; lateness: Micros; watermark: Micros; events: StoredEvent[] }
export interface SnapshotStatic { source: SourceDefinition; keys: string[]; datasetVersion: string; sequence: number }
/** State as of a journal position. Static rows are named by their dataset version, which is immutable. */
export interface Snapshot { position: number; states: SnapshotEvents[]; statics: SnapshotStatic[] }

type Section = { type: 'double' | 'json'; bytes: number }
interface Header {
  position: number
  states: { source: Json; keys: [string, number | null][]; lateness: number; watermark: number | null; rows: number; sections: Section[] }[]
  statics: { source: Json; keys: string[]; datasetVersion: string; sequence: number }[]
}

/** Synchronous, so that it is the state of one position. */
export function encodeSnapshot(position: number, states: Iterable<EventState>, statics: Iterable<StaticState>): Uint8Array {
  const sections: Uint8Array[] = []
  const header: Header = { position, states: [], statics: [] }
  for (const state of states) {
    const events = [...state.events()]
    const parts = [
      doubles(events.map(e => e.knownAt)), doubles(events.map(e => e.sequence)), doubles(events.map(e => e.supersededAt)), json(events.map(e => e.id)),
      ...state.columns.map((column, c) => (column.kind === 'double' ? doubles(events.map(e => (e.values[c] ?? Number.NaN) as number)) : json(events.map(e => e.values[c])))),
    ]
    header.states.push({
      source: state.source as unknown as Json, lateness: state.spec.lateness, rows: events.length,
      keys: [...state.spec.keys].map(([id, horizon]) => [id, Number.isFinite(horizon) ? horizon : null]),
      watermark: Number.isFinite(state.watermark) ? state.watermark : null, sections: parts.map(p => ({ type: p.type, bytes: p.bytes.byteLength })),
    })
    sections.push(...parts.map(p => p.bytes))
  }
  for (const s of statics) if (s.datasetVersion !== null) header.statics.push({ source: s.source as unknown as Json, keys: [...s.keys], datasetVersion: s.datasetVersion, sequence: s.sequence })
  const text = Buffer.from(canonicalize(header as unknown as Json))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.byteLength)
  const body = Buffer.concat([Buffer.from(MAGIC), length, text, ...sections])
  return Buffer.concat([body, createHash('sha256').update(body).digest()])
}

/** @throws SlipwayError `corrupt` when a byte is not as it was written, or another version of Slipway wrote it. */
export function decodeSnapshot(file: Uint8Array): Snapshot {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const body = bytes.subarray(0, Math.max(0, bytes.byteLength - DIGEST_BYTES))
  if (body.toString('latin1', 0, 6) === FAMILY && body.toString('latin1', 0, 8) !== MAGIC) throw new SlipwayError('corrupt', `This snapshot of online state has another format, ${body.toString('latin1', 6, 8)}.`)
  if (body.toString('latin1', 0, 8) !== MAGIC || !createHash('sha256').update(body).digest().equals(bytes.subarray(body.byteLength))) {
    throw new SlipwayError('corrupt', 'A snapshot of online state is not what was written.')
  }
  let at = 12 + body.readUInt32LE(8)
  const header = parseCanonical(body.toString('utf8', 12, at)) as unknown as Header
  const take = (section: Section): Value[] | Float64Array => {
    const part = body.subarray(at, at += section.bytes)
    return section.type === 'double' ? new Float64Array(part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength)) : parseCanonical(part.toString('utf8')) as Value[]
  }
  const states = header.states.map(s => {
    const source = s.source as unknown as SourceDefinition
    const [known, sequence, superseded, ids, ...columns] = s.sections.map(take)
    const time = source.columns.findIndex(c => c.name === source.eventTime)
    const events = Array.from({ length: s.rows }, (_, i): StoredEvent => {
      const values = columns.map(c => { const v = c[i]; return typeof v === 'number' && Number.isNaN(v) ? null : v })
      return { id: ids[i] as string, knownAt: known[i] as number, sequence: sequence[i] as number, supersededAt: superseded[i] as number, eventTime: values[time] as number, values }
    })
    const keys = new Map(s.keys.map(([id, horizon]) => [id, horizon ?? Number.POSITIVE_INFINITY]))
    return { source, keys, lateness: s.lateness, watermark: s.watermark ?? Number.NEGATIVE_INFINITY, events }
  })
  return { position: header.position, states, statics: header.statics.map(s => ({ ...s, source: s.source as unknown as SourceDefinition })) }
}

function doubles(values: number[]): { type: 'double'; bytes: Uint8Array } {
  return { type: 'double', bytes: new Uint8Array(Float64Array.from(values).buffer) }
}

function json(values: Value[]): { type: 'json'; bytes: Uint8Array } {
  return { type: 'json', bytes: Buffer.from(canonicalize(values)) }
}
