import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SourceDefinition } from '../../core/definition.ts'
import type { Value } from '../../core/schema.ts'
import { HOUR, MINUTE } from '../../core/time.ts'
import { EventState } from './event-state.ts'
import type { BlockCapture } from './row-blocks.ts'
import { decodeRows } from './row-codec.ts'

const source: SourceDefinition = {
  name: 'events', dataset: 'd', id: ['id'], eventTime: 'time',
  columns: [
    { name: 'id', type: 'string' }, { name: 'time', type: 'timestamp' }, { name: 'key', type: 'string' },
    { name: 'x', type: 'float64' }, { name: 'n', type: 'int64' }, { name: 'flag', type: 'boolean' }, { name: 'text', type: 'string' },
  ],
}
const spec = { source, keys: new Map([['key', 2 * HOUR]]), lateness: HOUR }
const START = 1_000 * HOUR

const value = fc.record({
  x: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })), n: fc.option(fc.oneof(fc.integer(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 62n }), fc.bigInt({ min: -(2n ** 62n), max: -(2n ** 53n) }))),
  flag: fc.option(fc.boolean()), text: fc.option(fc.string({ unit: 'binary' })),
})
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('insert' as const), count: fc.integer({ min: 1, max: 500 }), ids: fc.integer({ min: 1, max: 3_000 }), minutes: fc.integer({ min: 0, max: 40 }), value }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('prune' as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('save' as const), fails: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('take' as const), blocks: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
)

/** Every row as it is kept, in the order of arrival; two states with the same rows answer the same. */
function dump(state: EventState, now: number): string[] {
  state.prune(now)
  return [...state.blocks.capture(true).take()].flatMap(({ number, bytes }) => {
    const { rows, places, known, sequences, superseded, columns } = decodeRows(bytes)
    return Array.from({ length: rows }, (_, i) => `${number}.${places?.[i] ?? i}: ${[known[i], sequences[i], superseded[i], ...columns.map(c => (Number.isNaN(c[i]) ? null : c[i]))].join(' ')}`)
  })
}

function restore(blocks: ReadonlyMap<number, Uint8Array>, watermark: number, arrivals: number): EventState {
  const state = new EventState(spec)
  state.watermark = watermark
  for (const [number, bytes] of [...blocks].sort(([a], [b]) => a - b)) state.restore(number, decodeRows(bytes))
  state.continueAt(arrivals)
  return state
}

/** The same inserts, without any saving. */
function twin(log: [number, number, Value[], number][]): EventState {
  const state = new EventState(spec)
  for (const args of log) { if (args[2].length === 0) state.prune(args[3]); else state.insert(...args) }
  return state
}

describe('rows in blocks', () => {
  it('are kept as they were when the save began, whatever happens while it is taken', () => {
    fc.assert(fc.property(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), steps => {
      let state = new EventState(spec)
      let now = START
      let sequence = 0
      const log: [number, number, Value[], number][] = []
      let kept = new Map<number, Uint8Array>()
      let marks = { watermark: Number.NEGATIVE_INFINITY, arrivals: 0, inserts: 0 }
      let all = true
      let saving: { capture: BlockCapture; blocks: IterableIterator<{ number: number; bytes: Uint8Array }>; next: Map<number, Uint8Array>; marks: typeof marks; fails: boolean } | null = null
      const end = (): void => {
        if (saving === null) return
        if (saving.fails) { saving.capture.giveUp(); all = true } else {
          for (const { number, bytes } of saving.blocks) saving.next.set(number, bytes)
          kept = saving.next
          marks = saving.marks
          all = false
        }
        saving = null
      }
      for (const s of steps) {
        if (s.kind === 'insert') for (let i = 0; i < s.count; i++) {
          now += s.minutes * MINUTE / s.count
          const id = `e${(i * 7919) % s.ids}`
          const time = Math.floor(now - (i % 5) * 20 * MINUTE)
          const args: typeof log[number] = [Math.floor(now), ++sequence, [id, time, `k${i % 3}`, s.value.x, s.value.n, s.value.flag, s.value.text], now]
          log.push(args)
          state.insert(...args)
        } else if (s.kind === 'prune') { state.prune(now); log.push([0, 0, [], now]) } else if (s.kind === 'save') {
          end()
          const capture = state.blocks.capture(all)
          const next = all ? new Map<number, Uint8Array>() : new Map(kept)
          for (const gone of capture.removes) next.delete(gone)
          saving = { capture, blocks: capture.take(), next, marks: { watermark: state.watermark, arrivals: state.arrivals, inserts: log.length }, fails: s.fails }
        } else if (s.kind === 'take') {
          for (let i = 0; i < s.blocks; i++) { const b = saving?.blocks.next().value; if (b !== undefined) saving?.next.set(b.number, b.bytes) }
        } else {
          end()
          state = restore(kept, marks.watermark, marks.arrivals)
          log.length = marks.inserts
          all = false
        }
      }
      end()
      const restored = restore(kept, marks.watermark, marks.arrivals)
      const [found, expected] = [dump(restored, now), dump(twin(log.slice(0, marks.inserts)), now)]
      expect(found.length).toBe(expected.length)
      expect(found.find((row, i) => row !== expected[i])).toBe(undefined)
    }), { numRuns: 60, endOnFailure: true })
  })

  it('writes only what changed', () => {
    const state = new EventState(spec)
    const insert = (i: number, time = START + i): void => { state.insert(time, i, [`e${i}`, time, 'k', i, i, null, null], START) }
    for (let i = 0; i < 10_000; i++) insert(i)
    const first = state.blocks.capture(false)
    expect([...first.take()].map(b => b.number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    insert(10_000)
    insert(1_500, START + 20_000)
    expect([...state.blocks.capture(false).take()].map(b => b.number)).toEqual([1, 9])
    expect([...state.blocks.capture(false).take()]).toEqual([])
    state.insert(START + 9 * HOUR, 20_000, ['late', START + 9 * HOUR, 'k', 1, 1, null, null], START + 9 * HOUR)
    state.prune(START + 9 * HOUR)
    const last = state.blocks.capture(false)
    expect([last.removes, [...last.take()].map(b => b.number)]).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8], [9]])
  })

  it('refuses bytes that were changed', () => {
    const state = new EventState(spec)
    for (let i = 0; i < 100; i++) state.insert(START + i, i, [`e${i}`, START + i, 'k', i, i, null, null], START)
    const [{ bytes }] = [...state.blocks.capture(true).take()]
    fc.assert(fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = Uint8Array.from(bytes)
      changed[at] ^= flip
      expect(() => decodeRows(changed)).toThrowError(expect.objectContaining({ code: 'corrupt' }) as Error)
    }))
    expect(() => decodeRows(bytes.subarray(0, 5))).toThrowError(expect.objectContaining({ code: 'corrupt' }) as Error)
  })
})
