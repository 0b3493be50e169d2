// Whole services in online state alone, without journal and engine, so that many lives fit into a test: look-ups, static sources, corrections, restarts.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SourceDefinition } from '../../core/definition.ts'
import { tableFromRows } from '../../core/table.ts'
import type { Row } from '../../core/schema.ts'
import { HOUR, MINUTE } from '../../core/time.ts'
import { compileService, type CompiledService } from '../compiled-service.ts'
import { buildFeatureContent } from '../feature-content.ts'
import { assertSame, noteRead, readService, serviceOf } from '../fixtures/definition-oracle.ts'
import { versionOf } from '../fixtures/journal-versions.ts'
import type { Version } from '../fixtures/oracle.ts'
import { definitions, ENTITIES, EVENTS, Exercised, SIGNALS, SOURCES, THINGS } from '../fixtures/random-definitions.ts'
import { life, rowOf, sourceOf, START, THING_ROWS, type Input, type Step } from '../fixtures/random-events.ts'
import { reloadState } from '../fixtures/reload-state.ts'
import { EventState } from './event-state.ts'
import { ServiceReader } from './service-reader.ts'
import { addNeeds, stateKey, type Needs } from './state-spec.ts'
import { StateSet } from './state-set.ts'

/** A life of online state beside all that it was told. */
class World {
  readonly #needs: Needs = new Map()
  readonly #reader: ServiceReader
  readonly #versions = new Map<SourceDefinition, Version[]>(SOURCES.map(s => [s, []]))
  #states = new StateSet()
  now = START
  sequence = 0

  constructor(service: CompiledService, lateness: number, fanOut: number) {
    addNeeds(this.#needs, service.views)
    for (const [key, need] of this.#needs) {
      if (need.source.eventTime === undefined) this.#states.add(key, need, lateness)
      else this.#states.events.set(key, new EventState({ ...need, lateness, fanOut }))
    }
    this.#reader = new ServiceReader(service, { compute: () => [] })
    this.#reader.bind(this.#states)
  }

  push(inputs: readonly Input[]): void {
    for (const e of inputs) {
      const source = sourceOf(e)
      const row = rowOf(e, this.now)
      const version = versionOf(source, row, ++this.sequence, 0)
      const events = [{ knownAt: Math.max(version.knownAt, this.now), values: source.columns.map(c => row[c.name]) }]
      this.#states.apply({ source: source.name, columns: source.columns, first: this.sequence, events }, this.now)
      this.#note(source, { ...version, knownAt: events[0].knownAt })
    }
  }

  /** Rows of a dataset, known whenever they say. */
  materialize(inputs: readonly Input[], upTo: number): void {
    this.sequence++
    for (const source of [EVENTS, SIGNALS]) {
      const rows = inputs.filter(e => sourceOf(e) === source).map(e => rowOf(e, upTo))
      const versions = rows.map((row, order) => versionOf(source, row, this.sequence, order)).filter(v => v.eventTime <= upTo)
      const state = this.#states.events.get(stateKey(source))
      const { columns } = tableFromRows(source.columns, versions.map(v => v.values))
      if (state !== undefined) state.admit(state.stage({ rows: versions.length, known: Float64Array.from(versions, v => v.knownAt), columns }), this.sequence, this.now)
      for (const version of versions) this.#note(source, version)
    }
  }

  fix(rows: readonly Row[]): void {
    this.#states.statics.get(stateKey(THINGS))?.replace('v', ++this.sequence, rows.map(row => THINGS.columns.map(c => row[c.name])))
    this.#versions.set(THINGS, rows.map((row, order) => versionOf(THINGS, row, 0, order)))
  }

  restart(): void {
    const { events, statics } = this.#states
    this.#states = new StateSet()
    for (const [key, state] of events) this.#states.events.set(key, reloadState(state))
    for (const [key, state] of statics) this.#states.statics.set(key, state)
    this.#reader.bind(this.#states)
  }

  prune(): void { for (const state of this.#states.events.values()) state.prune(this.now) }

  get oldestRead(): number { return Math.max(0, ...[...this.#states.events.values()].map(s => s.oldestRead)) }

  read(entities: Row, at: number): { got: ReturnType<ServiceReader['read']>; seen: (source: string) => Version[] } {
    return { got: this.#reader.read({ entities, request: { q: 0.5 }, at }, ''), seen: name => this.#versions.get(SOURCES.find(s => s.name === name)!)! }
  }

  #note(source: SourceDefinition, version: Version): void {
    const all = this.#versions.get(source)!
    const before = all.filter(o => o.id === version.id && o.knownAt <= version.knownAt).sort((a, b) => a.knownAt - b.knownAt || a.sequence - b.sequence || a.order - b.order).at(-1)
    if (before?.knownAt === version.knownAt && before.sequence < version.sequence && source.columns.every(c => before.values[c.name] === version.values[c.name])) return
    all.push(version)
  }
}

function live(world: World, service: CompiledService, steps: readonly Step[], exercised: Exercised): void {
  for (const s of steps) {
    if ('push' in s) for (let times = s.again ? 2 : 1; times > 0; times--) world.push(s.push)
    else if ('tick' in s) world.now += s.tick * MINUTE
    else if ('materialize' in s) world.materialize(s.materialize, world.now - s.back * MINUTE)
    else if ('fix' in s) world.fix(THING_ROWS[s.fix])
    else if ('again' in s || 'undo' in s) world.prune()
    else if ('restart' in s) world.restart()
    else for (const a of s.ask) {
      const at = Math.max(world.oldestRead, world.now - a.back * MINUTE + a.grain)
      const entities = { thing: a.k, group: a.j }
      const { got, seen } = world.read(entities, at)
      const expected = readService(service, seen, entities, at)
      assertSame('online', service, { at, entities }, got, expected)
      noteRead(exercised, service, expected)
    }
  }
}

describe('the states of a service', () => {
  const exercised = new Exercised()

  it.each([0, 1, 2, 3])('answer what the definition says, whatever it is and whatever happened (windows %i)', rotation => {
    fc.assert(fc.property(definitions(rotation), fc.constantFrom(30 * MINUTE, 24 * HOUR), life, fc.constantFrom(2, 32), (views, lateness, steps, fanOut) => {
      exercised.define(views)
      const service = compileService(buildFeatureContent(serviceOf(views), { entities: ENTITIES, sources: SOURCES, views }, null))
      live(new World(service, lateness, fanOut), service, steps, exercised)
    }), { numRuns: 12 })
  })

  it('looked up every kind of view', () => { expect(exercised.missing().filter(part => part.startsWith('look-up'))).toEqual([]) })
})
