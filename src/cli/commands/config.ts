import { command } from '../command.ts'
import { homeFolder, loadConfig } from '../settings.ts'
import { alignRows } from '../terminal.ts'

/** slipway config explain */
export const configExplain = command({
  name: 'config explain',
  description: 'Shows every setting, its value, where that came from, and what it does',
  examples: ['slipway config explain', 'SLIPWAY_JOURNAL__SYNC=off slipway config explain --json'],
  async run(args, context) {
    const { terminal: t } = context
    const home = homeFolder(args, context)
    const { origins } = loadConfig(home, context.env)
    if (args.json) { t.print(JSON.stringify({ home, settings: origins })); return }
    t.print(`${t.bold('Configuration of')} ${home}`)
    t.print(t.dim('HOME/slipway.config.json, then SLIPWAY_SECTION__KEY, then options; the last one wins'))
    t.print()
    const rows = origins.map(o => [o.path, o.value === '' ? '""' : o.value === null ? 'none' : String(o.value), o.from === 'default' ? t.dim(o.from) : t.accent(o.from), t.dim(o.describe)])
    for (const line of alignRows([[t.dim('setting'), t.dim('value'), t.dim('from'), t.dim('what it does')], ...rows])) t.print(line)
  },
})
