// What every command is made of.
import { defineCommand, type ArgsDef, type CommandDef, type ParsedArgs } from 'citty'
import type { Terminal } from './terminal.ts'

/** Options that every command takes. */
export const COMMON = {
  home: { type: 'string', valueHint: 'DIR', description: 'The home folder (default: $SLIPWAY_HOME or .slipway)' },
  json: { type: 'boolean', description: 'Print the result as JSON' },
} as const satisfies ArgsDef

export const DRY_RUN = { 'dry-run': { type: 'boolean', description: 'Show what would be done, and do nothing' } } as const satisfies ArgsDef

export const PROJECT = { project: { type: 'string', valueHint: 'PATH', default: '.', description: 'The project file, or the folder of slipway.ts or slipway.yaml' } } as const satisfies ArgsDef

/** What a command gets besides its arguments. */
export interface CommandContext {
  terminal: Terminal
  env: Record<string, string | undefined>
  /** What stands after the command's name, as it was typed: for options that may be repeated. */
  words: readonly string[]
  /** The folder that relative paths are relative to. */
  cwd: string
  /** Resolves at the first signal to stop; from the call on, signals end nothing by themselves. */
  stopped(): Promise<void>
}

/** A command with its arguments; what `run` returns is the exit code, 0 by default. */
export type Command = CommandDef<ArgsDef> & { examples?: readonly string[] }

/** Defines a command with the options that all have. */
export function command<const T extends ArgsDef>(definition: {
  name: string
  description: string
  args?: T
  examples?: readonly string[]
  run(args: ParsedArgs<T & typeof COMMON>, context: CommandContext): Promise<number | void>
}): Command {
  const { name, description, args, examples = [], run } = definition
  return {
    ...defineCommand({
      meta: { name, description },
      args: { ...args, ...COMMON } as ArgsDef,
      run: ({ args: parsed, data }) => run(parsed as unknown as ParsedArgs<T & typeof COMMON>, data as CommandContext),
    }),
    examples,
  }
}

/** Commands under one name, such as `features check`. */
export interface CommandGroup { description: string; commands: Record<string, Entry> }

/** A command is loaded when it is used. */
export type Entry = { description: string; load: () => Promise<Command> } | CommandGroup
