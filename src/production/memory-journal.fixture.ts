// A journal in memory for tests. What it holds outlives `close`, as files do; rows become durable a little later, as on a disk.
import { rowAt, type Table } from '../core/table.ts'
import { readRows, type Batch, type SegmentedJournal } from '../store/index.ts'

export interface MemoryFrames { frames: Batch[]; position: number }

export function memoryJournal(kept: MemoryFrames): SegmentedJournal & { syncs: number } {
  let durable = kept.position
  const frameOf = (sequence: number): Batch | undefined => {
    let low = 0
    let high = kept.frames.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (kept.frames[middle].first <= sequence) low = middle + 1
      else high = middle
    }
    const found = kept.frames[low - 1]
    return found !== undefined && sequence < found.first + found.table.rows ? found : undefined
  }
  const rowOf: SegmentedJournal['get'] = async sequence => {
    const batch = frameOf(sequence)
    return batch === undefined ? null : { stream: batch.stream, recordedAt: batch.recordedAt, row: rowAt(batch.table, sequence - batch.first) }
  }
  return {
    syncs: 0,
    append(stream, table) {
      const first = kept.position + 1
      kept.position += table.rows
      kept.frames.push({ stream, first, recordedAt: Date.now() * 1_000, table })
      return { first, last: kept.position }
    },
    get position() { return kept.position },
    get durable() { return durable },
    async waitDurable(sequence = kept.position) {
      if (sequence <= durable) return
      this.syncs++
      const upTo = kept.position
      await new Promise(resolve => { setImmediate(resolve) })
      durable = Math.max(durable, upTo)
    },
    async *read({ from = 1, to = durable, streams = [''] } = {}) {
      for (const { stream, first, recordedAt, table } of kept.frames.slice()) {
        const last = first + table.rows - 1
        if (last < from || first > to || !streams.some(s => stream.name.startsWith(s))) continue
        const start = Math.max(from, first)
        yield { stream, first: start, recordedAt, table: cut(table, start - first, Math.min(to, last) - first + 1) }
      }
    },
    readRows(query) { return readRows({ read: options => this.read(options) }, query) },
    get: rowOf,
    async getMany(sequences) {
      const rows = await Promise.all(sequences.map(async s => [s, await rowOf(s)] as const))
      return new Map(rows.flatMap(([s, row]) => (row === null ? [] : [[s, row]])))
    },
    setEngine: () => {}, rotate: async () => {}, closed: () => [], sealed: () => [], seal: () => Promise.reject(new Error('not here')), dropRaw: () => {},
    onClosed: () => () => {}, onLost: () => () => {}, close: async () => {},
  }
}

function cut(table: Table, from: number, to: number): Table {
  if (from === 0 && to === table.rows) return table
  return { rows: to - from, schema: table.schema, columns: table.columns.map(c => ({ ...c, values: c.values.slice(from, to), valid: c.valid?.slice(from, to) }) as typeof c) }
}
