import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlipwayError } from '../core/errors.ts'
import type { Model } from '../models/index.ts'
import { openModelMemory } from './model-memory.ts'

const model = (digest: string): Model => ({ digest }) as Model
const of = (digest: string, bytes: number) => async () => ({ model: model(digest), bytes })

describe('models in memory', () => {
  it('give way in the order of their last use, and never one in use', async () => {
    const memory = openModelMemory(100)
    for (const digest of ['a', 'b', 'c']) await memory.load(digest, of(digest, 40))
    expect(['a', 'b', 'c'].map(d => memory.sizeOf(d))).toEqual([null, 40, 40])
    memory.get('b')
    await memory.load('d', of('d', 40))
    expect([memory.has('b'), memory.has('c'), memory.bytes]).toEqual([true, false, 80])
    let finish = (): void => {}
    const work = memory.use('b', () => new Promise<void>(resolve => { finish = resolve }))
    await memory.load('e', of('e', 90))
    expect([memory.has('b'), memory.has('d'), memory.has('e')]).toEqual([true, false, true])
    finish()
    await work
    await memory.load('f', of('f', 500))
    expect([memory.has('b'), memory.has('e'), memory.has('f'), memory.bytes]).toEqual([false, false, true, 500])
    memory.drop('f')
    expect(memory.bytes).toBe(0)
  })

  it('are read once for all who ask meanwhile', async () => {
    const memory = openModelMemory(100)
    let reads = 0
    const read = async (): Promise<{ model: Model; bytes: number }> => { reads++; await new Promise(resolve => { setTimeout(resolve, 5) }); return { model: model('a'), bytes: 1 } }
    const found = await Promise.all(Array.from({ length: 20 }, () => memory.load('a', read)))
    expect([reads, new Set(found).size, memory.isLoading('a')]).toEqual([1, 1, false])
  })

  it('that fail say why, to everybody, and are tried again after a while or when asked to', async () => {
    const memory = openModelMemory(100)
    let reads = 0
    const broken = async (): Promise<never> => { reads++; throw new Error('half a file') }
    const ask = (): Promise<unknown> => memory.load('a', broken).catch((e: unknown) => e)
    const answers = [...await Promise.all([ask(), ask()]), await ask()]
    expect(answers.every(e => e instanceof SlipwayError && e.code === 'corrupt' && e.message.includes('half a file'))).toBe(true)
    expect([reads, memory.failureOf('a')?.code]).toEqual([1, 'corrupt'])
    memory.retry('a')
    expect(await memory.load('a', of('a', 7))).toMatchObject({ digest: 'a' })
    expect(memory.failureOf('a')).toBeNull()
  })

  it('count their bytes right, and stay within the limit but for the newest', () => fc.assert(fc.asyncProperty(
    fc.array(fc.tuple(fc.constantFrom('load', 'get', 'drop'), fc.integer({ min: 0, max: 9 })), { maxLength: 60 }), async steps => {
      const memory = openModelMemory(100)
      for (const [step, i] of steps) {
        const digest = `m${i}`
        if (step === 'load') await memory.load(digest, of(digest, 10 * i + 1))
        else if (step === 'get') memory.get(digest)
        else memory.drop(digest)
        const there = Array.from({ length: 10 }, (_, k) => memory.sizeOf(`m${k}`)).filter(b => b !== null)
        expect(memory.bytes).toBe(there.reduce((a, b) => a + b, 0))
        if (there.length > 1) expect(memory.bytes).toBeLessThanOrEqual(100)
        if (step === 'load') expect(memory.has(digest)).toBe(true)
      }
    })))
})
