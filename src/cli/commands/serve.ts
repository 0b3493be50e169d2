import { COMPONENTS } from '../../core/components.ts'
import type { Config, Origin } from '../../core/config.ts'
import { SlipwayError } from '../../core/errors.ts'
import { suggest } from '../../core/nearest-name.ts'
import { localActor } from '../../core/actor.ts'
import { readModelFiles, type ModelFile, type ServedModel } from '../../production/index.ts'
import { everyValue, wholeNumber } from '../arguments.ts'
import { command } from '../command.ts'
import { filesToServe } from '../files-to-serve.ts'
import { openComponentServing, openGateway, openServing, printConsole, printReady, serveUntilStopped, type Prepare, type Serving } from '../serving.ts'
import { homeFolder, isHome, loadConfig } from '../settings.ts'

const PARTS = [...COMPONENTS, 'gateway']

/** Options of whatever serves. */
export const SERVER_OPTIONS = {
  port: { type: 'string', valueHint: 'N', description: 'The port; 0 takes a free one (default: 4777, or server.port)' },
  'grpc-port': { type: 'string', valueHint: 'N', description: 'Serve gRPC too, on this port; 0 takes a free one (default: server.grpcPort, which is none)' },
  host: { type: 'string', valueHint: 'ADDRESS', description: 'The loopback address to listen on (default: 127.0.0.1)' },
} as const

/** The flags as configuration. */
export function serverFlags(args: { port?: string; 'grpc-port'?: string; host?: string }): Record<string, Record<string, unknown>> {
  const port = wholeNumber(args.port, '--port', 0, 65_535)
  const grpcPort = wholeNumber(args['grpc-port'], '--grpc-port', 0, 65_535)
  return { server: { ...(port === undefined ? {} : { port }), ...(grpcPort === undefined ? {} : { grpcPort }), ...(args.host === undefined ? {} : { host: args.host }) } }
}

/** slipway serve */
export const serve = command({
  name: 'serve',
  description: 'Serves a home until it is stopped; an empty one is made where there is none',
  args: {
    ...SERVER_OPTIONS,
    model: { type: 'string', valueHint: 'NAME=FILE', description: 'Serves this model file as the endpoint NAME, with its inputs as the request; may be repeated. Nothing judges it: it is released under your waiver, and marked unmanaged' },
    only: { type: 'string', valueHint: 'COMPONENT', description: `One process of several over one home: ${PARTS.join(', ')}. gateway has all routes and the console over the five` },
  },
  examples: ['slipway serve --home ./production --port 8080', 'slipway serve --grpc-port 8001', 'slipway serve --model late=model.txt --model fraud=model.ubj', 'slipway serve --home ./production --only data', 'SLIPWAY_LOG__LEVEL=debug slipway serve'],
  async run(args, context) {
    const { terminal } = context
    const home = homeFolder(args, context)
    const { config, origins } = loadConfig(home, context.env, serverFlags(args))
    const files = filesToServe(everyValue(context.words, '--model'), { config, origins, home, cwd: context.cwd })
    const stopped = context.stopped()
    let models: ServedModel[] = []
    const prepare: Prepare = async platform => { if (files.length > 0) models = await platform.production.serveFiles(files, localActor()) }
    // A home is not made for files that cannot be served.
    if (files.length > 0 && !isHome(home)) await readModelFiles(files)
    const serving = await open(home, args.only, config, origins, files, prepare)
    const what = args.only === undefined ? 'Slipway' : `Slipway ${args.only}`
    if (args.json) terminal.print(JSON.stringify({ url: serving.url, grpc: serving.grpc, home, pid: process.pid, ...(args.only === undefined ? {} : { only: args.only }), ...(files.length === 0 ? {} : { models: models.map(m => ({ ...m, unmanaged: true })) }) }))
    else printReady(what, serving, context)
    if (!args.json) for (const { endpoint, format, release, changed } of models) terminal.print(`  ${terminal.accent(endpoint)} at ${serving.url}/v2/models/${endpoint}: ${format}, ${changed ? 'released as' : 'as before'} ${release}, unmanaged`)
    if (!args.json && (args.only === undefined || args.only === 'gateway')) printConsole(serving, context)
    return serveUntilStopped(serving, { terminal, stopped: () => stopped })
  },
})

async function open(home: string, only: string | undefined, config: Config, origins: readonly Origin[], files: readonly ModelFile[], prepare: Prepare): Promise<Serving> {
  if (only === undefined) return openServing(home, config, prepare)
  const component = COMPONENTS.find(c => c === only)
  if (component === undefined && only !== 'gateway') throw new SlipwayError('usage', `--only takes ${PARTS.join(', ')}, and not ${JSON.stringify(only)}.${suggest(only, PARTS)}`)
  if (files.length > 0 && component !== 'production') throw new SlipwayError('usage', `Model files are served by production, and not by ${only}.`, { remedy: 'Give --model to the process of `--only production`.' })
  if (component === undefined) return openGateway(home, config)
  // Five processes cannot all have the default port; the others find this one by HOME/processes. What the home's file says of gRPC is for the gateway.
  const port = isGiven(origins, 'server.port', true) ? config.server.port : 0
  const grpcPort = isGiven(origins, 'server.grpcPort', false) ? config.server.grpcPort : null
  if (grpcPort !== null && component !== 'production') throw new SlipwayError('usage', `The process ${component} has no predictions to serve over gRPC.`, { remedy: 'Give --grpc-port to the gateway, to production, or to a server of the whole home.' })
  return openComponentServing(home, component, { ...config, server: { ...config.server, port, grpcPort } }, prepare)
}

function isGiven(origins: readonly Origin[], path: string, inFile: boolean): boolean {
  const from = origins.find(o => o.path === path)?.from
  return from === 'flag' || from === 'environment' || (inFile && from === 'file')
}
