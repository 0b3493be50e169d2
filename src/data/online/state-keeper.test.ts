import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SourceDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import { openLog } from '../../core/log.ts'
import { HOUR } from '../../core/time.ts'
import { MemoryState } from '../fixtures/memory-state.ts'
import { EventState } from './event-state.ts'
import { openKeeper } from './open-keeper.ts'
import type { StateKeeper } from './state-keeper.ts'
import { stateKey } from './state-spec.ts'

const source: SourceDefinition = { name: 'events', dataset: 'd', id: ['id'], eventTime: 'time', columns: [{ name: 'id', type: 'string' }, { name: 'time', type: 'timestamp' }, { name: 'key', type: 'string' }] }
const spec = { source, keys: new Map([['key', HOUR]]), lateness: HOUR }
const KEY = stateKey(source)
const log = openLog({ level: 'silent' })
const yes = async (): Promise<boolean> => true

let dir: string
beforeEach(async () => { dir = await mkdtemp(join(tmpdir(), 'slipway-keeper-')) })
afterEach(() => rm(dir, { recursive: true, force: true }))

/** A process of a home: its state is what it was sent, in order; position n has events 1 to n. */
class Process {
  state = new EventState(spec)
  position = 0
  readonly keeper: StateKeeper
  private constructor(keeper: StateKeeper) { this.keeper = keeper }

  static async start(home: string, backend: MemoryState, durable: number): Promise<Process> {
    const process = new Process(await openKeeper(home, async () => backend, log))
    await process.restore(durable)
    return process
  }

  async restore(durable: number, may = false): Promise<void> {
    this.state = new EventState(spec)
    this.position = await this.keeper.read(durable, async kept => {
      const header = kept.states.get(KEY)
      if (header?.kind !== 'events') return 0
      this.state.watermark = header.watermark
      await kept.fill(KEY, this.state)
      this.state.continueAt(header.arrivals)
      return kept.position
    }, { may }) ?? 0
    while (this.position < durable) this.push()
  }

  push(): void {
    const n = ++this.position
    this.state.insert(n, n, [`e${n % 2_000}`, n, 'k'], n)
  }

  save(durable: () => Promise<boolean> = yes): Promise<boolean> { return this.keeper.save(() => ({ position: this.position, events: new Map([[KEY, this.state]]), statics: new Map() }), durable) }
  /** What is there of ids, newest sequence each. */
  dump(): string { return Array.from({ length: 2_000 }, (_, i) => this.state.newestOf([`e${i}`])?.sequence ?? '').join() }
}

describe('online state where it is kept', () => {
  it('is of one position whatever fails, and a start goes on from there', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('push' as const), count: fc.integer({ min: 1, max: 1_500 }) }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('save' as const), fails: fc.constantFrom(null, null, 'before' as const, 'during' as const, 'after' as const) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('rebuild' as const), away: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const) }) },
    )
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), async steps => {
      const backend = new MemoryState()
      let process = await Process.start(dir, backend, 0)
      const whole = await Process.start(join(dir, 'none'), new MemoryState(), 0)
      let earlier: typeof backend.held = null
      for (const s of steps) {
        if (s.kind === 'push') for (let i = 0; i < s.count; i++) { process.push(); whole.push() }
        if (s.kind === 'save') {
          const { held } = backend
          backend.fails = s.fails
          const saved = await process.save().catch((error: unknown) => error)
          expect(saved).toEqual(s.fails === null ? true : expect.any(SlipwayError))
          if (s.fails !== 'after' && s.fails !== null) expect(backend.held).toBe(held)
          earlier = held
        }
        if (s.kind === 'restart') process = await Process.start(dir, backend, process.position)
        if (s.kind === 'rebuild') {
          backend.away = s.away
          await process.restore(process.position, true)
          backend.away = false
        }
        // A server that came back with what it had before, or with nothing.
        if (s.kind === 'lose') backend.held = earlier
        expect(process.dump()).toBe(whole.dump())
      }
      await process.save()
      expect((await Process.start(dir, backend, process.position)).dump()).toBe(whole.dump())
      await rm(join(dir, 'owner.json'), { force: true })
    }), { numRuns: 40 })
  })

  it('is not taken from a journal that was cut, nor by one that has grown again', async () => {
    const backend = new MemoryState()
    const first = await Process.start(dir, backend, 100)
    await first.save()
    // Rows 81 to 100 are lost with the power; others take their numbers, and nothing is saved before the next kill.
    const second = await Process.start(dir, backend, 80)
    expect([second.position, backend.held]).toEqual([80, null])
    await Process.start(dir, backend, 150)
    expect(backend.held).toBe(null)
  })

  it('is made anew where a copy of the home has been, and the copy is refused from then on', async () => {
    const backend = new MemoryState()
    const copy = join(dir, 'copy')
    const original = await Process.start(dir, backend, 100)
    await original.save()
    // Copied while it stood at 100.
    await mkdir(copy)
    await cp(join(dir, 'owner.json'), join(copy, 'owner.json'))
    const other = await Process.start(copy, backend, 100)
    for (let i = 0; i < 10; i++) other.push()
    expect(await other.save()).toBe(true)
    original.push()
    await expect(original.save()).rejects.toMatchObject({ code: 'conflict', remedy: expect.stringContaining('features.stateUrl') as string })
    expect(original.keeper.status()).toMatchObject({ fault: expect.stringContaining('Another process') as string })
    const { held } = backend
    // In the middle of its work it leaves alone what is there; at its next start the place is its own.
    await original.restore(101, true)
    expect([original.position, backend.held]).toEqual([101, held])
    const again = await Process.start(dir, backend, 120)
    expect([again.position, backend.held]).toEqual([120, null])
    await again.save()
    other.push()
    await expect(other.save()).rejects.toMatchObject({ code: 'conflict' })
  })

  it('is left as it is when the journal did not get the position to disk', async () => {
    const backend = new MemoryState()
    const process = await Process.start(dir, backend, 10)
    expect(await process.save(async () => false)).toBe(false)
    await expect(process.save(() => Promise.reject(new SlipwayError('storage_full', 'full')))).rejects.toMatchObject({ code: 'storage_full' })
    expect(backend.held).toBe(null)
    expect(await process.save()).toBe(true)
  })

  it('fails a start whose server is away, and writes only what changed', async () => {
    const backend = new MemoryState()
    backend.away = true
    await expect(Process.start(dir, backend, 10)).rejects.toMatchObject({ code: 'unreachable' })
    backend.away = false
    const process = await Process.start(dir, backend, 10_000)
    await process.save()
    expect(backend.written).toBe(10)
    for (let i = 0; i < 5; i++) process.push()
    await process.save()
    // The newest block, and the one with the rows that were corrected.
    expect(backend.written).toBe(12)
    expect(process.keeper.bytesOf(KEY)).toBeGreaterThan(100_000)
  })

  it('removes the files of the earlier format', async () => {
    await writeFile(join(dir, 'features-000000000004.bin'), 'old')
    await writeFile(join(dir, 'features-notes.txt'), 'mine')
    await Process.start(dir, new MemoryState(), 0)
    expect(await readdir(dir)).toEqual(['features-notes.txt'])
  })
})
