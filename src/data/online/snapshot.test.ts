import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { HOUR } from '../../core/time.ts'
import { keyId } from '../entity-key.ts'
import { EventState } from './event-state.ts'
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts'
import { StaticState } from './static-state.ts'

const EVENTS = { name: 'events', dataset: 'd', id: ['id'], eventTime: 'time', columns: [{ name: 'id', type: 'string' as const }, { name: 'time', type: 'timestamp' as const }, { name: '[k', type: 'string' as const }, { name: 'n', type: 'int64' as const }] }
const THINGS = { name: 'things', dataset: 't', id: ['n'], columns: [{ name: 'n', type: 'int64' as const }, { name: 'k', type: 'string' as const }] }

function snapshot(): Uint8Array {
  const state = new EventState({ source: EVENTS, keys: new Map([[keyId(['[k']), HOUR], [keyId(['[k', 'n']), Number.POSITIVE_INFINITY]]), lateness: 2 * HOUR })
  state.insert('a', 5, 1, ['a', 3, 'x|', 2n ** 60n], 5)
  state.insert('a', 7, 2, ['a', 4, null, null], 7)
  const things = new StaticState(THINGS, [keyId(['k', 'n'])])
  things.replace('version', 3, [[1, 'k']])
  return encodeSnapshot(4, [state], [things, new StaticState(THINGS, ['k'])])
}

describe('a snapshot of online state', () => {
  it('holds keys of several columns, every version, and which rows of static sources there are', () => {
    expect(decodeSnapshot(snapshot())).toEqual({
      position: 4,
      states: [{
        source: EVENTS, keys: new Map([['["[k"]', HOUR], ['["[k","n"]', Number.POSITIVE_INFINITY]]), lateness: 2 * HOUR, watermark: 4,
        events: [
          { id: 'a', eventTime: 3, knownAt: 5, sequence: 1, supersededAt: 7, values: ['a', 3, 'x|', 2n ** 60n] },
          { id: 'a', eventTime: 4, knownAt: 7, sequence: 2, supersededAt: Number.POSITIVE_INFINITY, values: ['a', 4, null, null] },
        ],
      }],
      statics: [{ source: THINGS, keys: ['["k","n"]'], datasetVersion: 'version', sequence: 3 }],
    })
  })

  it('is refused when a byte differs, and when another version of Slipway wrote it', () => {
    const bytes = Buffer.from(snapshot())
    const broken = Buffer.from(bytes)
    broken[100] ^= 1
    expect(() => decodeSnapshot(broken)).toThrow('is not what was written')
    const body = bytes.subarray(0, -32)
    body.write('SWFEAT01', 'latin1')
    expect(() => decodeSnapshot(Buffer.concat([body, createHash('sha256').update(body).digest()]))).toThrow('another format, 01')
  })
})
