// What is kept of a state beside its rows, as text.
import { canonicalize, parseCanonical, type Json } from '../../core/canonical.ts'
import type { SourceDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { Micros } from '../../core/time.ts'
import type { EventState } from './event-state.ts'
import type { StaticState } from './static-state.ts'
import type { Need } from './state-spec.ts'

/** Change it with the meaning of headers or blocks: what another version wrote is made anew from the journal. */
const FORMAT = 1

/** `arrivals`: the number of the next row. */
export interface EventsHeader { kind: 'events'; need: Need; lateness: Micros; watermark: Micros; arrivals: number }
/** Static rows are named by their dataset version, which is immutable. */
export interface StaticHeader { kind: 'static'; need: Need; datasetVersion: string | null; sequence: number }

interface Text { format: number; source: Json; keys: [string, number | null][]; lookback?: number | null; lateness?: number; watermark?: number | null; arrivals?: number; datasetVersion?: string | null; sequence?: number }

export function eventsHeader(state: EventState): string {
  const { spec, watermark, arrivals } = state
  return write({ source: state.source, keys: new Map(spec.keys), lookback: spec.lookback ?? 0 }, { lateness: spec.lateness, watermark: finite(watermark), arrivals })
}

export function staticHeader(state: StaticState): string {
  return write({ source: state.source, keys: new Map([...state.keys].map(column => [column, 0])), lookback: 0 }, { datasetVersion: state.datasetVersion, sequence: state.sequence })
}

/** @throws SlipwayError `corrupt` for text that is none, and for a header of another version. */
export function parseHeader(header: string): EventsHeader | StaticHeader {
  let text: Text
  try { text = parseCanonical(header) as unknown as Text } catch (cause) { throw new SlipwayError('corrupt', 'The header of a kept state is not what was written.', { cause }) }
  if (text.format !== FORMAT) throw new SlipwayError('corrupt', `Kept online state has the format ${text.format}, and this Slipway has ${FORMAT}.`)
  const need: Need = { source: text.source as unknown as SourceDefinition, keys: new Map(text.keys.map(([column, horizon]) => [column, horizon ?? Number.POSITIVE_INFINITY])), lookback: text.lookback === null ? Number.POSITIVE_INFINITY : text.lookback ?? 0 }
  return text.arrivals === undefined
    ? { kind: 'static', need, datasetVersion: text.datasetVersion ?? null, sequence: text.sequence ?? 0 }
    : { kind: 'events', need, lateness: text.lateness ?? 0, watermark: text.watermark ?? Number.NEGATIVE_INFINITY, arrivals: text.arrivals }
}

function write(need: Need, rest: Omit<Text, 'format' | 'source' | 'keys' | 'lookback'>): string {
  return canonicalize({ format: FORMAT, source: need.source, keys: [...need.keys].map(([column, horizon]) => [column, finite(horizon)]), lookback: need.lookback === 0 ? undefined : finite(need.lookback), ...rest } as unknown as Json)
}

function finite(n: number): number | null { return Number.isFinite(n) ? n : null }
