import { parseArgs, runCommand, type ArgsDef } from 'citty'
import { SlipwayError, toProblem, type Fault } from '../core/errors.ts'
import { checkArguments } from './arguments.ts'
import { COMMANDS } from './commands.ts'
import type { Command, CommandGroup, Entry } from './command.ts'
import { commandHelp, groupHelp } from './help.ts'
import { openOutputs } from './outputs.ts'
import { onSignal } from './signals.ts'
import { suggest } from '../core/nearest-name.ts'
import { openTerminal, type Terminal, type TerminalStreams } from './terminal.ts'

/** Runs one command line (without `node` and the script). Resolves to the exit code: 0 ok, 1 failure, 2 usage, 3 gate refused, 4 unreachable. */
export async function main(argv: readonly string[], streams: TerminalStreams & { cwd?: string } = openOutputs()): Promise<number> {
  const terminal = openTerminal(streams)
  try { return await dispatch(argv, terminal, streams) } catch (error) {
    return reportError(error, terminal, argv.includes('--json'), streams.env)
  }
}

async function dispatch(argv: readonly string[], terminal: Terminal, { env, cwd }: { env: Record<string, string | undefined>; cwd?: string }): Promise<number> {
  const wantsHelp = argv.includes('--help') || argv.includes('-h')
  if (argv[0] === '--version' || argv[0] === '-v') { terminal.print((await import('../http/index.ts')).VERSION); return 0 }
  const { name, entry, rest } = find(argv)
  if ('commands' in entry) {
    const help = groupHelp(name, entry, terminal)
    if (wantsHelp || rest.length === 0) { terminal.print(help); return wantsHelp ? 0 : 2 }
    throw new SlipwayError('usage', `${name === '' ? 'slipway' : `slipway ${name}`} has no command ${JSON.stringify(rest[0])}.${suggest(rest[0], Object.keys(entry.commands))}`, { remedy: `Run \`slipway ${name === '' ? '' : `${name} `}--help\`.` })
  }
  const found: Command = await entry.load()
  if (wantsHelp) { terminal.print(commandHelp(name, found, terminal)); return 0 }
  const definition = found.args as ArgsDef
  checkArguments(rest, definition, name)
  try { parseArgs([...rest], definition) } catch (error) { throw new SlipwayError('usage', (error as Error).message, { remedy: `Run \`slipway ${name} --help\`.` }) }
  const { result } = await runCommand(found, { rawArgs: [...rest], data: { terminal, env, words: rest, cwd: cwd ?? process.cwd(), stopped: onSignal } })
  terminal.settle()
  return typeof result === 'number' ? result : 0
}

/** Follows words down the groups. */
function find(argv: readonly string[]): { name: string; entry: Entry; rest: readonly string[] } {
  let entry: Entry = COMMANDS as CommandGroup
  const path: string[] = []
  let rest = argv.filter(a => a !== '--help' && a !== '-h')
  while ('commands' in entry && rest.length > 0 && Object.hasOwn(entry.commands, rest[0])) {
    entry = entry.commands[rest[0]]
    path.push(rest[0])
    rest = rest.slice(1)
  }
  return { name: path.join(' '), entry, rest }
}

/** The message, what is wrong where, and what to do. Never a stack, unless it is our fault and somebody asks for it. */
function reportError(error: unknown, t: Terminal, json: boolean, env: Record<string, string | undefined>): number {
  t.settle()
  const problem = toProblem(error)
  if (json) t.print(JSON.stringify(problem))
  const known = error instanceof SlipwayError
  const faults = problem.faults ?? []
  t.note(`${t.bad('✗')} ${known ? withoutFaults(problem.detail, faults) : `${problem.title}: ${error instanceof Error ? error.message : String(error)}`}`)
  if (faults.length > 1) for (const { path, message } of faults) t.note(`    ${path === '' ? '' : `${path}: `}${message}`)
  t.note(`${t.dim('→')} ${known ? problem.remedy : 'Set SLIPWAY_LOG__LEVEL=debug and run it again to see where; please report it.'}`)
  if (!known && env.SLIPWAY_LOG__LEVEL === 'debug' && error instanceof Error) t.note(error.stack ?? '')
  return known ? error.exit : 1
}

/** The detail up to where it begins to name its faults, as each of them gets a line. */
function withoutFaults(detail: string, faults: readonly Fault[]): string {
  if (faults.length < 2) return detail
  const list = detail.indexOf(`: ${faults[0].path === '' ? faults[0].message : faults[0].path}`)
  return list > 0 && faults.every(f => detail.includes(f.message)) ? `${detail.slice(0, list)}:` : detail
}
