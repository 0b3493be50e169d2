import { SlipwayError } from '../../core/errors.ts'
import type { Micros } from '../../core/time.ts'
import type { LocalJournal } from '../../store/index.ts'
import { MATERIALIZATION } from '../online/event-stream.ts'
import { HEAD } from './heads.ts'
import { UNDO } from './mark.ts'
import { positionBefore } from './position.ts'

/** Where an undo goes back to: exactly one of these. */
export interface UndoTarget {
  /** A position of the journal: what came after it is undone. */
  to?: number
  /** What was recorded at this time or later is undone (the wall clock: `recordedAt`). */
  before?: Micros
  /** The position of a push, materialization, import or undo: it and what came after it are undone. */
  push?: number
}

/**
 * The position that is gone back to; 0 is before everything.
 * @throws SlipwayError `invalid_request` for none or several of them, or a position that the journal does not have, with the range that it has.
 */
export async function findTarget(journal: Pick<LocalJournal, 'get' | 'position'>, target: UndoTarget): Promise<number> {
  const { to, before, push } = target
  if ([to, before, push].filter(t => t !== undefined).length !== 1) throw new SlipwayError('invalid_request', 'An undo goes back to one place: give `to` (a position), `before` (a time) or `push` (the position of what is undone first).', { faults: [{ path: 'to', message: 'is needed, or before, or push: exactly one of them' }] })
  if (before !== undefined) {
    if (!Number.isSafeInteger(before)) throw new SlipwayError('wrong_type', `before must be a time in whole microseconds, and is ${String(before)}.`)
    return positionBefore(journal, before)
  }
  const [name, position] = to === undefined ? ['push', push as number] : ['to', to]
  if (!Number.isSafeInteger(position) || position < 1 || position > journal.position) throw wrongPosition(name, position, journal.position)
  if (name === 'to') return position
  const stream = (await journal.get(position))?.stream.name ?? ''
  if (!stream.startsWith('event/') && ![MATERIALIZATION.name, HEAD.name, UNDO.name].includes(stream)) {
    throw new SlipwayError('invalid_request', `Position ${position} holds ${stream.startsWith('prediction/') ? 'a prediction' : 'something else'}, and no push, materialization, import or undo.`, { faults: [{ path: 'push', message: 'is not the position of a push' }], remedy: '`slipway data log` lists what can be undone, with positions.' })
  }
  return position - 1
}

function wrongPosition(name: string, position: unknown, last: number): SlipwayError {
  const range = last === 0 ? 'the journal is empty: there is nothing to undo' : `the journal has positions from 1 to ${last}`
  return new SlipwayError('invalid_request', `${name} is ${String(position)}, and ${range}.`, {
    faults: [{ path: name, message: last === 0 ? 'is beyond an empty journal' : `must be a whole number from 1 to ${last}` }],
    remedy: name === 'to' && position === 0 ? 'To undo everything from the first push on, give its position as `push`; `slipway data log` shows it.' : '`slipway data log` lists what can be undone, with positions.',
  })
}
