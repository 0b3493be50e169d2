import { alignRows, type Terminal } from './terminal.ts'

interface Rows { source: string; rows: number; first: number; last: number; firstEventTime: string; lastEventTime: string }
interface Materialized { source: string; datasetVersion: string; upTo: string | null; sequence: number }

/** `UndoChange` as the wire has it, with times as text. */
export interface ShownUndo {
  to: number
  position: number
  source: string | null
  rows: Rows[]
  materializations: Materialized[]
  again: { rows: Rows[]; materializations: Materialized[] }
  heads: { dataset: string; from: string | null; to: string | null }[]
  readers: { services: string[]; models: string[]; endpoints: { name: string; model: string; predictions: number }[] }
  predictions: number
  changed: boolean
  dryRun: boolean
  ledger: number | null
}

/** What goes back, and who reads it. */
export function showUndo(change: ShownUndo, t: Terminal): void {
  const { to, position, source, readers } = change
  t.print(`${t.bold(source === null ? 'All sources' : `Source ${source}`)}: back to position ${t.bold(to.toLocaleString('en'))}${change.dryRun ? ` ${t.dim(`(the journal stands at ${position.toLocaleString('en')})`)}` : ''}`)
  if (!change.changed) { t.print(t.dim('  It stands there already: nothing changes.')); return }
  const rows = (list: readonly Rows[], sign: string, what: string): string[][] => list.map(r => [`${sign} ${r.source}`, `${r.rows.toLocaleString('en')} pushed row${r.rows === 1 ? '' : 's'} ${what}`, t.dim(r.first === r.last ? `position ${r.first}` : `positions ${r.first} to ${r.last}`), t.dim(r.firstEventTime === r.lastEventTime ? `event of ${r.firstEventTime}` : `events of ${r.firstEventTime} to ${r.lastEventTime}`)])
  const marks = (list: readonly Materialized[], sign: string, what: string): string[][] => list.map(m => [`${sign} ${m.source}`, `materialization ${what}`, t.dim(`position ${m.sequence}`), t.dim(`version ${m.datasetVersion.slice(0, 12)}${m.upTo === null ? '' : ` up to ${m.upTo}`}`)])
  const heads = change.heads.map(h => [`${t.warn('~')} ${h.dataset}`, 'dataset', t.dim(h.from?.slice(0, 12) ?? 'none'), `→ ${h.to?.slice(0, 12) ?? 'none'}`])
  for (const line of alignRows([
    ...rows(change.rows, t.bad('-'), 'undone'), ...marks(change.materializations, t.bad('-'), 'undone'), ...rows(change.again.rows, t.good('+'), 'again'), ...marks(change.again.materializations, t.good('+'), 'again'), ...heads,
  ], { indent: '  ' })) t.print(line)
  const endpoints = readers.endpoints.map(e => `${e.name}${e.predictions > 0 ? ` (${e.predictions.toLocaleString('en')} prediction${e.predictions === 1 ? '' : 's'} since)` : ''}`)
  for (const [what, names] of [['endpoints', endpoints], ['models', readers.models], ['services', readers.services]] as const) if (names.length > 0) t.print(`  ${t.dim(`read by ${what}:`)} ${names.join(', ')}`)
  if (change.predictions > 0) t.print(t.dim('  Predictions stay as they were made; replay and trace show what they read.'))
}
