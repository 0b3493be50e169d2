// What a model read, by journal frames: for drift.
import type { PredictionPort } from '../core/ports/predictions.ts'
import type { Column } from '../core/schema.ts'
import { columnOf, emptyColumn, getValue, setValue, type ColumnData, type Table } from '../core/table.ts'
import { readRows, type Journal, type RowsBlock } from '../store/index.ts'
import type { JournalIndexes } from './journal-indexes.ts'
import type { ContentStore } from './loaded-content.ts'
import { predictionStreamPrefix } from './prediction-frame.ts'
import type { Releases } from './release.ts'

const EVENT_TIME: Column = { name: 'eventTime', type: 'timestamp' }

/** Sequences without a row of interest over which reading on is dearer than beginning anew. */
const GAP = 20_000

export function featureReader(parts: { journal: Journal; indexes: JournalIndexes; releases: Releases; contents: ContentStore }): PredictionPort['features'] {
  const { journal, indexes, releases, contents } = parts
  return async ({ endpoint, contentDigest, from, to }) => {
    const { features: { outputs } } = await contents.describe(contentDigest)
    const schema = [EVENT_TIME, ...outputs]
    const numbers = new Set((await releases.list(endpoint)).filter(r => r.contentDigest === contentDigest).map(r => r.number))
    const sequences = indexes.predictions(endpoint).between(from, to).filter(p => numbers.has(p.release)).map(p => p.sequence)

    const found: { block: RowsBlock; rows: number[] }[] = []
    const columnNames = [EVENT_TIME.name, ...outputs.map(o => `f.${o.name}`)]
    let rows = 0
    for (const [first, last] of ranges(sequences)) {
      for await (const block of readRows(journal, { from: first, to: last, streams: [predictionStreamPrefix(endpoint, contentDigest)], columns: columnNames })) {
        const times = columnOf(block.table, EVENT_TIME.name)?.values as Float64Array
        const kept: number[] = []
        for (let i = 0; i < block.table.rows; i++) if (times[i] >= from && times[i] < to) kept.push(i)
        rows += kept.length
        found.push({ block, rows: kept })
      }
    }
    const columns = schema.map(c => emptyColumn(c.type, rows))
    let at = 0
    for (const { block, rows: kept } of found) {
      schema.forEach(({ name }, k) => { copy(block.table, k === 0 ? name : `f.${name}`, kept, columns[k], at) })
      at += kept.length
    }
    return { rows, schema, columns }
  }
}

/** Stretches of the journal, [first, last], that hold all of these ascending sequences. */
function ranges(sequences: readonly number[]): [number, number][] {
  const out: [number, number][] = []
  for (const sequence of sequences) {
    const last = out.at(-1)
    if (last !== undefined && sequence - last[1] <= GAP) last[1] = sequence
    else out.push([sequence, sequence])
  }
  return out
}

function copy(from: Table, name: string, rows: readonly number[], to: ColumnData, at: number): void {
  const source = columnOf(from, name)
  if (source?.type !== to.type) return rows.forEach((_, j) => { setValue(to, at + j, null) })
  if (source.valid === undefined) rows.forEach((i, j) => { to.values[at + j] = source.values[i] })
  else rows.forEach((i, j) => { setValue(to, at + j, getValue(source, i)) })
}
