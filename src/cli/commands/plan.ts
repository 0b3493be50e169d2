import type { ProjectChange } from '../../data/index.ts'
import { command, PROJECT } from '../command.ts'
import { withConnection } from '../connection.ts'
import { loadProject } from '../project.ts'
import { showDifferences } from '../show-differences.ts'

/** slipway plan */
export const plan = command({
  name: 'plan',
  description: 'Shows the difference between a project file and what is registered; changes nothing',
  args: PROJECT,
  examples: ['slipway plan', 'slipway plan --project examples/flights --home .slipway'],
  async run(args, context) {
    const { terminal: t } = context
    const { file, ...request } = await loadProject(args.project, context.cwd)
    const { differences } = await withConnection(args, context, c => c.call<ProjectChange>('POST', '/api/v1/project/plan', request), { create: true })
    if (args.json) { t.print(JSON.stringify({ file, differences })); return }
    t.print(`${t.bold('Plan')} for ${file}`)
    t.print()
    if (differences.length === 0) { t.print(`${t.good('✓')} What is registered is what the file declares.`); return }
    showDifferences(differences, t)
    t.print(t.dim('`slipway apply` registers it.'))
  },
})
