import { describe, expect, it } from 'vitest'
import type { SourceDefinition } from '../../core/definition.ts'
import { covers, stateKey, type Need } from './state-spec.ts'

const SOURCE: SourceDefinition = { name: 'events', dataset: 'events', id: ['id'], eventTime: 'at', columns: [{ name: 'id', type: 'string' }, { name: 'at', type: 'timestamp' }, { name: 'x', type: 'float64' }] }

describe('a source’s state', () => {
  it('is another one where its rows would be others, and the same whatever is said about it', () => {
    const key = stateKey(SOURCE)
    const others: Partial<SourceDefinition>[] = [{ name: 'signals' }, { dataset: 'others' }, { id: ['id', 'at'] }, { eventTime: undefined }, { knownAt: 'at' }, { nan: 'missing' }, { columns: SOURCE.columns.slice(0, 2) }]
    expect(new Set([key, ...others.map(o => stateKey({ ...SOURCE, ...o }))]).size).toBe(others.length + 1)
    expect(stateKey({ ...SOURCE, description: 'prose', owner: 'ada' } as SourceDefinition)).toBe(key)
  })

  it('covers what asks no further back, by any of its keys, and through no longer look-up', () => {
    const need = (lookback: number, ...keys: [string, number][]): Need => ({ source: SOURCE, keys: new Map(keys), lookback })
    const has = need(60, ['k', 3_600], ['j', 0])
    expect(covers(has, need(60, ['k', 3_600]))).toBe(true)
    expect(covers(has, need(0, ['j', 0]))).toBe(true)
    expect(covers(has, need(61, ['k', 10]))).toBe(false)
    expect(covers(has, need(0, ['k', 3_601]))).toBe(false)
    expect(covers(has, need(0, ['i', 0]))).toBe(false)
    expect(covers({ keys: has.keys }, need(1, ['k', 1]))).toBe(false)
  })
})
