import { wholeNumber } from '../arguments.ts'
import { command } from '../command.ts'
import { openServing, serveUntilStopped } from '../serving.ts'
import { homeFolder, loadConfig } from '../settings.ts'

/** Options of whatever serves. */
export const SERVER_OPTIONS = {
  port: { type: 'string', valueHint: 'N', description: 'The port; 0 takes a free one (default: 4777, or server.port)' },
  host: { type: 'string', valueHint: 'ADDRESS', description: 'The loopback address to listen on (default: 127.0.0.1)' },
} as const

/** The flags as configuration. */
export function serverFlags(args: { port?: string; host?: string }): Record<string, Record<string, unknown>> {
  const port = wholeNumber(args.port, '--port', 0, 65_535)
  return { server: { ...(port === undefined ? {} : { port }), ...(args.host === undefined ? {} : { host: args.host }) } }
}

/** slipway serve */
export const serve = command({
  name: 'serve',
  description: 'Serves a home until it is stopped; an empty one is made where there is none',
  args: SERVER_OPTIONS,
  examples: ['slipway serve --home ./production --port 8080', 'SLIPWAY_LOG__LEVEL=debug slipway serve'],
  async run(args, context) {
    const home = homeFolder(args, context)
    const { config } = loadConfig(home, context.env, serverFlags(args))
    const stopped = context.stopped()
    const serving = await openServing(home, config)
    if (args.json) context.terminal.print(JSON.stringify({ url: serving.url, home, pid: process.pid }))
    else context.terminal.print(`Slipway is ready at ${serving.url}`)
    return serveUntilStopped(serving, { terminal: context.terminal, stopped: () => stopped })
  },
})
