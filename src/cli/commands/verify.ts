import type { VerifyReport } from '../../metadata/index.ts'
import { verifyFolder } from '../../platform.ts'
import { command } from '../command.ts'
import { connect, findServer } from '../connection.ts'
import { runsInProcesses } from '../../processes/index.ts'
import { homeFolder, loadConfig, requireHome } from '../settings.ts'
import { alignRows, type Terminal } from '../terminal.ts'

/** slipway verify */
export const verify = command({
  name: 'verify',
  description: 'Checks ledger, checkpoints, segments, open journal, documents, blobs and releases against their digests',
  examples: ['slipway verify', 'slipway verify --home /backups/monday --json'],
  async run(args, context) {
    const { terminal: t } = context
    const home = homeFolder(args, context)
    requireHome(home)
    const report = await check(home, args, context)
    t.settle()
    if (args.json) t.print(JSON.stringify(report))
    else show(report, home, t)
    return report.ok ? 0 : 1
  },
})

/** The server checks its own home; one that nobody serves is read as it lies, since it may be too damaged to open. */
async function check(home: string, args: { home?: string }, context: Parameters<typeof connect>[1]): Promise<VerifyReport> {
  if (await findServer(home) === null && !runsInProcesses(home)) return verifyFolder(home, loadConfig(home, context.env).config, step => { context.terminal.progress(`${step} …`) })
  const connection = await connect(args, context)
  context.terminal.progress('The server checks its home …')
  try { return await connection.call<VerifyReport>('POST', '/api/v1/verify') } finally { await connection.close() }
}

function show(report: VerifyReport, home: string, t: Terminal): void {
  t.print(t.bold(`Checked ${home}`))
  for (const line of alignRows(report.checked.map(c => [c.what, c.count.toLocaleString('en')]), { indent: '  ', right: [1] })) t.print(line)
  t.print()
  if (report.ok) { t.print(`${t.good('✓')} Everything is as it was recorded.`); return }
  for (const { place, what, remedy } of report.problems) {
    t.print(`${t.bad('✗')} ${t.bold(place)}`)
    t.print(`  ${what.replace(/\s*\n\s*/g, ' ')}`)
    t.print(`  ${t.dim('→')} ${remedy}`)
  }
  t.print()
  t.print(t.bad(`${report.problems.length} ${report.problems.length === 1 ? 'place is' : 'places are'} not as recorded.`))
}
