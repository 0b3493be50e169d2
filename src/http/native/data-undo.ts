import { Type } from 'typebox'
import { SlipwayError } from '../../core/errors.ts'
import { formatTime, parseDuration } from '../../core/time.ts'
import type { DataLogItem, UndoChange } from '../../data/index.ts'
import type { App } from '../server-state.ts'
import type { NativeParts } from './parts.ts'
import { DryRun, Name, readOptionalTime, Time } from './schemas.ts'

const Position = Type.Integer({ description: 'A position of the journal' })

/** What was pushed, materialized and imported, and how that is undone. */
export function undoRoutes(app: App, { platform }: NativeParts): void {
  const { data } = platform

  app.get('/api/v1/data/log', {
    config: { access: 'read' },
    schema: {
      tags: ['data'], summary: 'Pushes in stretches, materializations, imports and undos with their positions, newest first: where an undo may go back to',
      querystring: Type.Object({
        source: Type.Optional(Name), from: Type.Optional(Type.Integer({ minimum: 1, description: 'First position' })), to: Type.Optional(Type.Integer({ minimum: 1, description: 'Last position' })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 50 })), pause: Type.Optional(Type.String({ maxLength: 20, description: 'A longer pause begins another stretch of pushes; default 10m' })),
      }, { additionalProperties: false }),
    },
  }, async request => {
    const { pause, ...query } = request.query
    const micros = pause === undefined ? undefined : parseDuration(pause)
    if (micros === null || (micros !== undefined && micros < 0)) throw new SlipwayError('wrong_type', `pause must be a duration such as '10m', and is ${JSON.stringify(pause)}.`, { faults: [{ path: 'pause', message: 'must be a duration' }] })
    const { items, ...log } = await data.dataLog({ ...query, pause: micros })
    return { ...log, items: items.map(showItem) }
  })

  app.post('/api/v1/data/undo', {
    config: { access: { write: 'scientist' } },
    schema: {
      tags: ['data'], summary: 'Undo pushes, backfills and imports: online state and dataset heads go back to a position of the journal',
      description: 'Give one of `to` (a position), `before` (a time of recording) and `push` (the position of what is undone first, with all after it). Predictions and labels stay. An undo can be undone: go back to a position before it.',
      querystring: DryRun,
      body: Type.Object({
        to: Type.Optional(Position), before: Type.Optional(Time), push: Type.Optional(Position), source: Type.Optional(Name),
        datasets: Type.Optional(Type.Array(Name, { maxItems: 1_000, description: 'Whose heads go back; default: those that were imported, of a source its own' })),
        reason: Type.Optional(Type.String({ maxLength: 2_000, description: 'Why; needed unless it is a dry run' })),
      }, { additionalProperties: false }),
    },
  }, async request => {
    const dryRun = request.query.dryRun === true
    const { before, reason = '', ...rest } = request.body
    if (!dryRun && reason.trim() === '') throw new SlipwayError('invalid_request', 'An undo needs a reason, for whoever reads of it later.', { faults: [{ path: 'reason', message: 'is missing' }] })
    return showChange(await data.undo({ ...rest, reason, before: readOptionalTime(before, 'before'), dryRun, actor: request.principal.actor }))
  })
}

/** Times as text. Positions stay numbers, also where they are called `to`. */
function showItem(item: DataLogItem): object {
  switch (item.kind) {
    case 'push': return { ...item, firstEventTime: showTime(item.firstEventTime), lastEventTime: showTime(item.lastEventTime), recordedFrom: showTime(item.recordedFrom), recordedTo: showTime(item.recordedTo) }
    case 'materialization': return { ...item, upTo: showTime(item.upTo), at: showTime(item.at) }
    default: return { ...item, at: showTime(item.at) }
  }
}

function showChange(change: UndoChange): object {
  const rows = (list: UndoChange['rows']): object[] => list.map(r => ({ ...r, firstEventTime: showTime(r.firstEventTime), lastEventTime: showTime(r.lastEventTime) }))
  const marks = (list: UndoChange['materializations']): object[] => list.map(m => ({ ...m, upTo: showTime(m.upTo) }))
  return { ...change, rows: rows(change.rows), materializations: marks(change.materializations), again: { rows: rows(change.again.rows), materializations: marks(change.again.materializations) } }
}

function showTime(time: number | null): string | null { return time === null ? null : formatTime(time) }
