import { command } from '../command.ts'
import { withConnection } from '../connection.ts'
import { alignRows } from '../terminal.ts'

interface Version {
  version: string; rows: number; schema: { name: string; type: string }[]; head: boolean; derived: boolean; at: string; actor: string; ledger: number; position: number | null
  usedBy: { sets: { name: string; version: string; rows: number }[]; models: { model: string; version: number }[]; releases: string[] }
}

/** slipway data versions */
export const dataVersions = command({
  name: 'data versions',
  description: 'Lists the versions of a dataset, the newest first: rows, columns, when, by whom, and which training sets, models and releases were made of each',
  args: { dataset: { type: 'positional', description: 'The dataset', required: true } },
  examples: ['slipway data versions flights', 'slipway data versions flights --json'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const found = await connection.call<{ dataset: string; versions: Version[] }>('GET', `/api/v1/datasets/${encodeURIComponent(args.dataset)}/versions`)
    if (args.json) { t.print(JSON.stringify(found)); return }
    found.versions.forEach((v, i) => {
      t.print(`${t.bold(v.version.slice(0, 12))}  ${v.rows.toLocaleString('en')} rows, ${v.schema.length} columns${v.head ? `  ${t.good('head')}` : ''}  ${t.dim(`${v.at} by ${v.actor}, ledger entry ${v.ledger}${v.position === null ? '' : `, position ${v.position}`}`)}`)
      const older = found.versions[i + 1]
      const columns = older === undefined ? v.schema.map(c => `${c.name} ${t.dim(c.type)}`).join(', ') : columnChange(older.schema, v.schema)
      if (columns !== '') t.print(`  ${t.dim(older === undefined ? 'columns' : 'columns that differ from the one before')}  ${columns}`)
      const { sets, models, releases } = v.usedBy
      for (const line of alignRows([['training sets', sets.map(s => `${s.name} ${s.version.slice(0, 12)}`)], ['models', models.map(m => `${m.model}@${m.version}`)], ['releases', releases]].flatMap(([what, names]) => (names.length === 0 ? [] : [[t.dim(what as string), (names as string[]).join(', ')]])), { indent: '  ' })) t.print(line)
    })
  }),
})

function columnChange(before: Version['schema'], after: Version['schema']): string {
  const type = (schema: Version['schema'], name: string): string | undefined => schema.find(c => c.name === name)?.type
  return [
    ...after.filter(c => type(before, c.name) === undefined).map(c => `+ ${c.name} ${c.type}`), ...before.filter(c => type(after, c.name) === undefined).map(c => `- ${c.name} ${c.type}`),
    ...after.filter(c => ![undefined, c.type].includes(type(before, c.name))).map(c => `~ ${c.name} ${type(before, c.name)} → ${c.type}`),
  ].join(', ')
}
