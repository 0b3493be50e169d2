import type { DeploymentChange } from '../production/index.ts'
import { shorten } from './show-differences.ts'
import { alignRows, type Terminal } from './terminal.ts'

/** What a change of a deployment changes, or would. */
export function showDeployment(change: DeploymentChange, t: Terminal): void {
  const { endpoint, action, role, from, to, changes, dryRun, ledger } = change
  t.print(`${t.bold(endpoint)}${role === 'champion' ? '' : ` ${role}`}: ${from === null ? 'none' : from.release} → ${t.bold(to === null ? 'none' : to.release)}  ${t.dim(action)}`)
  for (const line of alignRows(changes.map(c => [`${c.from === null ? t.good('+') : c.to === null ? t.bad('-') : t.warn('~')} ${c.path}`, t.dim(shorten(c.from)), '→', shorten(c.to)]), { indent: '  ' })) t.print(line)
  if (changes.length === 0) t.print(t.dim('  nothing differs'))
  if (dryRun) t.print(t.dim('A dry run: nothing was changed.'))
  else t.print(`${t.good('✓')} recorded as ledger entry ${ledger}${action === 'deploy' && role === 'champion' ? `; \`slipway rollback ${endpoint}\` goes back` : `; \`slipway rollback ${endpoint} --undo\` takes it back`}`)
}
