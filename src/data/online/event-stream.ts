// How pushed events lie in the journal.
import type { SourceDefinition } from '../../core/definition.ts'
import type { Json } from '../../core/canonical.ts'
import { digestOf } from '../../core/digest.ts'
import type { Value } from '../../core/schema.ts'
import type { Stream } from '../../store/index.ts'

/** Names of the streams of a source begin with this; each set of columns is a stream of its own. */
export function eventStreamPrefix(source: string): string { return `event/${source}/` }

/** `event/<source>/<first 12 of the digest of its columns>`: id, eventTime, knownAt, then the source's columns as `v.<column>`. */
export function eventStream(source: SourceDefinition): Stream {
  const columns: Stream['columns'] = [
    { name: 'id', type: 'string' }, { name: 'eventTime', type: 'timestamp' }, { name: 'knownAt', type: 'timestamp' },
    ...source.columns.map(c => ({ name: `v.${c.name}`, type: c.type })),
  ]
  return { name: `${eventStreamPrefix(source.name)}${digestOf(columns as unknown as Json).slice(0, 12)}`, columns }
}

/** One row for each materialization; the rows of the dataset version that it made visible carry its sequence. */
export const MATERIALIZATION: Stream = {
  name: 'mark/materialization',
  columns: [{ name: 'source', type: 'string' }, { name: 'datasetVersion', type: 'string' }, { name: 'upTo', type: 'timestamp' }, { name: 'at', type: 'timestamp' }],
}

/** Where the source's id columns stand among its columns. */
export function idIndexes(source: SourceDefinition): number[] {
  return source.id.map(name => source.columns.findIndex(c => c.name === name))
}

/** The same text as `eventId` of a row, from values in the order of the source's columns; null when a part is missing. */
export function idText(indexes: readonly number[], values: readonly Value[]): string | null {
  if (indexes.some(i => values[i] === null)) return null
  const part = (i: number): NonNullable<Value> => values[i] as NonNullable<Value>
  return indexes.length === 1 ? String(part(indexes[0])) : indexes.map(i => idPart(part(i))).join('|')
}

function idPart(value: NonNullable<Value>): string {
  if (typeof value !== 'string') return String(value)
  return value.includes('|') || value.includes('\\') ? value.replace(/[\\|]/g, c => `\\${c}`) : value
}
