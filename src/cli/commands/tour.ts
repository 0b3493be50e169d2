import { command } from '../command.ts'
import { clearHome } from '../fresh.ts'
import { openServing } from '../serving.ts'
import { homeFolder, loadConfig } from '../settings.ts'
import { loadTour } from '../tour.ts'
import { SERVER_OPTIONS, serverFlags } from './serve.ts'

/** slipway tour */
export const tour = command({
  name: 'tour',
  description: 'Runs the flights tour on a home, then stops',
  args: { ...SERVER_OPTIONS, fresh: { type: 'boolean', description: 'Remove what the home holds, and do the tour anew' } },
  examples: ['slipway tour --home /tmp/flights --port 0'],
  async run(args, context) {
    const { terminal } = context
    const home = homeFolder(args, context)
    const { config } = loadConfig(home, context.env, serverFlags(args))
    const fresh = args.fresh === true
    if (fresh) await clearHome(home)
    const { runTour } = await loadTour()
    const serving = await openServing(home, config)
    terminal.note(`Slipway is ready at ${serving.url}`)
    const lines: string[] = []
    const print = (line: string): void => { if (args.json) lines.push(line); else terminal.print(line) }
    try { await runTour({ url: serving.url, home, platform: serving.platform, print, progress: line => { terminal.progress(line) }, fresh }) } finally {
      terminal.settle()
      await serving.close()
    }
    if (args.json) terminal.print(JSON.stringify({ home, lines }))
  },
})
