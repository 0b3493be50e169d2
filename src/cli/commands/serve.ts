import { COMPONENTS } from '../../core/components.ts'
import type { Config, Origin } from '../../core/config.ts'
import { SlipwayError } from '../../core/errors.ts'
import { suggest } from '../../core/nearest-name.ts'
import { wholeNumber } from '../arguments.ts'
import { command } from '../command.ts'
import { openComponentServing, openGateway, openServing, printConsole, serveUntilStopped, type Serving } from '../serving.ts'
import { homeFolder, loadConfig } from '../settings.ts'

const PARTS = [...COMPONENTS, 'gateway']

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
  args: { ...SERVER_OPTIONS, only: { type: 'string', valueHint: 'COMPONENT', description: `One process of several over one home: ${PARTS.join(', ')}. gateway has all routes and the console over the five` } },
  examples: ['slipway serve --home ./production --port 8080', 'slipway serve --home ./production --only data', 'SLIPWAY_LOG__LEVEL=debug slipway serve'],
  async run(args, context) {
    const home = homeFolder(args, context)
    const { config, origins } = loadConfig(home, context.env, serverFlags(args))
    const stopped = context.stopped()
    const serving = await open(home, args.only, config, origins)
    const what = args.only === undefined ? 'Slipway' : `Slipway ${args.only}`
    if (args.json) context.terminal.print(JSON.stringify({ url: serving.url, home, pid: process.pid, ...(args.only === undefined ? {} : { only: args.only }) }))
    else context.terminal.print(`${what} is ready at ${serving.url}`)
    if (!args.json && (args.only === undefined || args.only === 'gateway')) printConsole(serving, context)
    return serveUntilStopped(serving, { terminal: context.terminal, stopped: () => stopped })
  },
})

async function open(home: string, only: string | undefined, config: Config, origins: readonly Origin[]): Promise<Serving> {
  if (only === undefined) return openServing(home, config)
  if (only === 'gateway') return openGateway(home, config)
  const component = COMPONENTS.find(c => c === only)
  if (component === undefined) throw new SlipwayError('usage', `--only takes ${PARTS.join(', ')}, and not ${JSON.stringify(only)}.${suggest(only, PARTS)}`)
  // Five processes cannot all have the default port; the others find this one by HOME/processes.
  const port = origins.find(o => o.path === 'server.port')?.from === 'default' ? 0 : config.server.port
  return openComponentServing(home, component, { ...config, server: { ...config.server, port } })
}
