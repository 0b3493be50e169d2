import type { VersionDifference } from '../../data/index.ts'
import { command } from '../command.ts'
import { withConnection } from '../connection.ts'
import { alignRows } from '../terminal.ts'

/** slipway data diff */
export const dataDiff = command({
  name: 'data diff',
  description: 'Shows what differs between two dataset versions: columns, rows, and which keys came, went and changed',
  args: {
    a: { type: 'positional', description: 'DATASET (where it stands), DATASET@VERSION, or a version', required: true },
    b: { type: 'positional', description: 'The other one', required: true },
    purpose: { type: 'string', valueHint: 'TEXT', description: 'What for; recorded (default: comparison of dataset versions)' },
  },
  examples: ['slipway data diff flights@3f9c1a flights', 'slipway data diff 3f9c1a70be22 88d04c1f9a37 --json'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const query = new URLSearchParams({ a: args.a, b: args.b, ...(args.purpose === undefined ? {} : { purpose: args.purpose }) })
    const found = await connection.call<VersionDifference>('GET', `/api/v1/datasets/compare?${query}`)
    if (args.json) { t.print(JSON.stringify(found)); return }
    const { a, b, schema, rows, keys } = found
    t.print(`${t.bold(`${a.dataset}@${a.version.slice(0, 12)}`)} (${a.rows.toLocaleString('en')} rows) → ${t.bold(`${b.dataset}@${b.version.slice(0, 12)}`)} (${b.rows.toLocaleString('en')} rows)`)
    const columns = [...schema.added.map(c => `${t.good('+')} ${c.name} ${t.dim(c.type)}`), ...schema.removed.map(c => `${t.bad('-')} ${c.name} ${t.dim(c.type)}`), ...schema.changed.map(c => `${t.warn('~')} ${c.name} ${t.dim(`${c.from} → ${c.to}`)}`)]
    for (const line of columns) t.print(`  ${line}`)
    if (columns.length === 0) t.print(t.dim('  the same columns'))
    t.print(`  rows: ${t.good(`+${rows.added.toLocaleString('en')}`)} ${t.bad(`-${rows.removed.toLocaleString('en')}`)}${columns.length === 0 ? '' : t.dim(` in ${rows.columns.join(', ')}`)}`)
    for (const k of keys) {
      t.print(`  keys of ${k.source} (${k.id.join(', ')}): ${k.added.toLocaleString('en')} added, ${k.removed.toLocaleString('en')} removed, ${k.changed.toLocaleString('en')} changed, ${k.same.toLocaleString('en')} the same`)
      for (const line of alignRows(Object.entries(k.first).flatMap(([what, ids]) => (ids.length === 0 ? [] : [[t.dim(what), `${ids.join(', ')}${k[what as 'added'] > ids.length ? ', …' : ''}`]])), { indent: '    ' })) t.print(line)
    }
    t.print(t.dim(`recorded as ledger entry ${found.ledger}`))
  }),
})
