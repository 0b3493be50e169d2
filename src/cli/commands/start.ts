import { command } from '../command.ts'
import { clearHome } from '../fresh.ts'
import { openServing, printConsole, printReady, serveUntilStopped } from '../serving.ts'
import { homeFolder, loadConfig } from '../settings.ts'
import { loadTour } from '../tour.ts'
import { SERVER_OPTIONS, serverFlags } from './serve.ts'

/** slipway start: what `npm start` runs. */
export const start = command({
  name: 'start',
  description: 'Serves a home, runs the flights tour on it (once), and goes on serving',
  args: { ...SERVER_OPTIONS, fresh: { type: 'boolean', description: 'Remove what the home holds, and do the tour anew' } },
  examples: ['npm start', 'npm start -- --port 8080 --home /tmp/flights', 'npm start -- --fresh'],
  async run(args, context) {
    const { terminal } = context
    const home = homeFolder(args, context)
    const { config } = loadConfig(home, context.env, serverFlags(args))
    const fresh = args.fresh === true
    if (fresh) await clearHome(home)
    const stopped = context.stopped()
    const serving = await openServing(home, config)
    printReady('Slipway', serving, context)
    printConsole(serving, context)
    const { runTour } = await loadTour()
    const tour = runTour({ url: serving.url, home, platform: serving.platform, print: line => { terminal.print(line) }, progress: line => { terminal.progress(line) }, fresh })
    // Whatever the tour was doing when it was stopped is resumed or redone by the next start.
    const outcome = await Promise.race([tour.then(() => 'done' as const, (error: unknown) => ({ error })), stopped.then(() => 'stopped' as const)])
    terminal.settle()
    if (typeof outcome === 'object') {
      await serving.close()
      throw outcome.error
    }
    return serveUntilStopped(serving, { terminal, stopped: () => stopped })
  },
})
