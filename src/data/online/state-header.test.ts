import { describe, expect, it } from 'vitest'
import { HOUR } from '../../core/time.ts'
import { keyId } from '../entity-key.ts'
import { EventState } from './event-state.ts'
import { eventsHeader, parseHeader, staticHeader } from './state-header.ts'
import { StaticState } from './static-state.ts'

const EVENTS = { name: 'events', dataset: 'd', id: ['id'], eventTime: 'time', columns: [{ name: 'id', type: 'string' as const }, { name: 'time', type: 'timestamp' as const }, { name: '[k', type: 'string' as const }, { name: 'n', type: 'int64' as const }] }
const THINGS = { name: 'things', dataset: 't', id: ['n'], columns: [{ name: 'n', type: 'int64' as const }, { name: 'k', type: 'string' as const }] }

describe('the header of a kept state', () => {
  it('says for which keys it was made, of several columns too, and how far it is', () => {
    const state = new EventState({ source: EVENTS, keys: new Map([[keyId(['[k']), HOUR], [keyId(['[k', 'n']), Number.POSITIVE_INFINITY]]), lateness: 2 * HOUR })
    expect(parseHeader(eventsHeader(state))).toEqual({ kind: 'events', need: { source: EVENTS, keys: state.spec.keys, lookback: 0 }, lateness: 2 * HOUR, watermark: Number.NEGATIVE_INFINITY, arrivals: 0 })
    state.insert(5, 1, ['a', 3, 'x|', 2n ** 60n], 5)
    expect(parseHeader(eventsHeader(state))).toMatchObject({ watermark: 3, arrivals: 1 })
    for (const lookback of [HOUR, Number.POSITIVE_INFINITY]) expect(parseHeader(eventsHeader(new EventState({ ...state.spec, lookback })))).toMatchObject({ need: { lookback } })
  })

  it('names the dataset version of a static source', () => {
    const things = new StaticState(THINGS, [keyId(['k', 'n'])])
    expect(parseHeader(staticHeader(things))).toMatchObject({ kind: 'static', datasetVersion: null })
    things.replace('version', 3, [[1, 'k']])
    expect(parseHeader(staticHeader(things))).toEqual({ kind: 'static', need: { source: THINGS, keys: new Map([['["k","n"]', 0]]), lookback: 0 }, datasetVersion: 'version', sequence: 3 })
  })

  it('is refused when another version of Slipway wrote it', () => {
    const header = staticHeader(new StaticState(THINGS, ['k']))
    expect(() => parseHeader(header.replace('"format":1', '"format":0'))).toThrow('has the format 0')
    expect(() => parseHeader('{')).toThrowError(expect.objectContaining({ code: 'corrupt' }) as Error)
  })
})
