import type { ProjectChange } from '../../data/index.ts'
import { command, DRY_RUN, PROJECT } from '../command.ts'
import { withConnection } from '../connection.ts'
import { loadProject } from '../project.ts'
import { showDifferences } from '../show-differences.ts'
import { alignRows } from '../terminal.ts'

/** slipway apply */
export const apply = command({
  name: 'apply',
  description: 'Imports a project\'s datasets as versions, and registers the definitions that differ',
  args: { ...PROJECT, ...DRY_RUN },
  examples: ['slipway apply', 'slipway apply --project examples/flights --dry-run'],
  async run(args, context) {
    const { terminal: t } = context
    const dryRun = args['dry-run'] === true
    const { file, ...request } = await loadProject(args.project, context.cwd)
    t.progress('importing datasets …')
    const change = await withConnection(args, context, c => c.call<ProjectChange>('POST', `/api/v1/project/${dryRun ? 'plan' : 'apply'}`, request), { create: true })
    if (args.json) { t.print(JSON.stringify({ file, dryRun, ...change })); return }
    t.print(`${t.bold(dryRun ? 'Would apply' : 'Applied')} ${file}`)
    t.print()
    for (const line of alignRows(change.imported.map(d => [`dataset ${d.name}`, `${d.rows.toLocaleString('en')} rows`, d.version.slice(0, 12), d.changed ? t.good('new version') : t.dim('as before')]), { indent: '  ', right: [1] })) t.print(line)
    if (change.imported.length > 0) t.print()
    if (change.differences.length === 0) t.print(`${t.good('✓')} The definitions are registered already.`)
    else showDifferences(change.differences, t)
    if (change.ledger !== null) t.print(`${t.good('✓')} recorded as ledger entry ${change.ledger}`)
  },
})
