import type { Actor } from '../core/actor.ts'
import { formatTime, type Micros } from '../core/time.ts'
import type { DocumentReader } from '../store/index.ts'
import type { Metadata } from './metadata.ts'

/** Document `clock/home`: how far the home's time is from the wall clock, in microseconds. */
export interface ClockBody { offset: Micros }

/** The offset that was saved last, 0 when none was. `clock.set(clock.recorded() + offset)` goes on from it. */
export async function readClock(reader: DocumentReader): Promise<Micros> {
  return (await reader.get<ClockBody>('clock', 'home'))?.body.offset ?? 0
}

/** Saves the offset of a clock that was set, so that it goes on after a restart. Nothing happens when it is saved already. */
export async function saveClock(metadata: Metadata, actor: Actor, clock: { now(): Micros; readonly offset: Micros }): Promise<void> {
  const { offset } = clock
  if (offset === await readClock(metadata)) return
  await metadata.change({ actor, action: 'clock.set', subject: 'clock/home', details: { now: formatTime(clock.now()) } }, tx => tx.put<ClockBody>('clock', 'home', { offset }))
}
