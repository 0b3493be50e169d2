import { wholeNumber } from '../arguments.ts'
import { command } from '../command.ts'
import { withConnection } from '../connection.ts'
import { alignRows, type Terminal } from '../terminal.ts'

interface Recorded { position: number; at: string | null; actor: string | null; ledger: number | null }
type Item =
  | { kind: 'push'; source: string; first: number; last: number; rows: number; firstEventTime: string; lastEventTime: string; recordedFrom: string; recordedTo: string; counts: boolean }
  | ({ kind: 'materialization'; source: string; datasetVersion: string; upTo: string | null; rows: number | null; counts: boolean } & Recorded)
  | ({ kind: 'import' | 'derived'; dataset: string; version: string; rows: number; head: boolean } & Recorded)
  | ({ kind: 'undo'; to: number; source: string | null; reason: string } & Recorded)
interface Log { position: number; items: Item[]; more: boolean }

/** slipway data log */
export const dataLog = command({
  name: 'data log',
  description: 'Shows what happened to the data, with positions: pushes in stretches, materializations, imports, undos; the newest first',
  args: {
    source: { type: 'string', valueHint: 'NAME', description: 'Only this source and its dataset' },
    from: { type: 'string', valueHint: 'POSITION', description: 'First position' },
    to: { type: 'string', valueHint: 'POSITION', description: 'Last position' },
    limit: { type: 'string', valueHint: 'N', default: '50', description: 'How many' },
    pause: { type: 'string', valueHint: 'DURATION', default: '10m', description: 'A longer pause between pushes begins another line' },
  },
  examples: ['slipway data log', 'slipway data log --source sales --pause 30s', 'slipway data log --to 120000 --limit 200 --json'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const query = new URLSearchParams({ limit: String(wholeNumber(args.limit, '--limit', 1, 1_000)), pause: args.pause })
    if (args.source !== undefined) query.set('source', args.source)
    for (const option of ['from', 'to'] as const) {
      const position = wholeNumber(args[option], `--${option}`, 1, Number.MAX_SAFE_INTEGER)
      if (position !== undefined) query.set(option, String(position))
    }
    const log = await connection.call<Log>('GET', `/api/v1/data/log?${query}`)
    if (args.json) { t.print(JSON.stringify(log)); return }
    if (log.items.length === 0) { t.print(`Nothing was pushed, materialized or imported${log.position === 0 ? ' yet' : ` there; the journal stands at ${log.position}`}.`); return }
    for (const line of alignRows([['positions', 'what', 'of', 'rows', 'events', 'recorded', 'by', 'ledger', ''].map(t.dim), ...log.items.map(item => lineOf(item, t))], { right: [3] })) t.print(line)
    if (log.more) t.print(t.dim('There is more before: --to POSITION, or a greater --limit.'))
  }),
})

function lineOf(item: Item, t: Terminal): string[] {
  const count = (n: number | null): string => n?.toLocaleString('en') ?? ''
  if (item.kind === 'push') {
    const place = item.first === item.last ? String(item.first) : `${item.first}–${item.last}`
    return [place, 'push', item.source, count(item.rows), span(item.firstEventTime, item.lastEventTime), span(item.recordedFrom, item.recordedTo), '', '', item.counts ? '' : t.warn('undone')]
  }
  const [place, at, actor, ledger] = [String(item.position), item.at ?? '', item.actor ?? '', item.ledger === null ? '' : String(item.ledger)]
  switch (item.kind) {
    case 'materialization': return [place, 'materialize', `${item.source} ${t.dim(item.datasetVersion.slice(0, 12))}`, count(item.rows), item.upTo === null ? '' : `up to ${item.upTo}`, at, actor, ledger, item.counts ? '' : t.warn('undone')]
    case 'undo': return [place, t.bold('undo'), item.source ?? 'all', '', `back to ${item.to}`, at, actor, ledger, item.reason]
    default: return [place, item.kind, `${item.dataset} ${t.dim(item.version.slice(0, 12))}`, count(item.rows), '', at, actor, ledger, item.head ? t.good('head') : '']
  }
}

/** From one time to another, the day said once. */
function span(from: string, to: string): string {
  if (from === to) return from
  return from.slice(0, 10) === to.slice(0, 10) ? `${from} – ${to.slice(11)}` : `${from} – ${to}`
}
