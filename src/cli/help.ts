import type { ArgsDef } from 'citty'
import type { Command, CommandGroup } from './command.ts'
import { alignRows, type Terminal } from './terminal.ts'

/** The help of one command. */
export function commandHelp(name: string, command: Command, t: Terminal): string {
  const args = command.args as ArgsDef
  const positionals = Object.entries(args).filter(([, a]) => a.type === 'positional')
  const options = Object.entries(args).filter(([, a]) => a.type !== 'positional')
  const words = positionals.map(([n, a]) => (a.required === false || a.default !== undefined ? `[${n.toUpperCase()}]` : n.toUpperCase()))
  const lines = [(command.meta as { description: string }).description, '', `${t.bold('Usage')}  slipway ${[name, ...words].join(' ')} [options]`]
  if (positionals.length > 0) lines.push('', ...alignRows(positionals.map(([n, a]) => [t.accent(n.toUpperCase()), a.description ?? '']), { indent: '  ' }))
  lines.push('', t.bold('Options'), ...alignRows(options.map(([n, a]) => [
    `${t.accent(`--${n}`)}${a.type === 'boolean' ? '' : ` ${a.valueHint ?? 'VALUE'}`}`,
    `${a.description ?? ''}${a.default === undefined || a.type === 'boolean' ? '' : t.dim(` (default: ${String(a.default)})`)}`,
  ]), { indent: '  ' }))
  if (command.examples !== undefined && command.examples.length > 0) lines.push('', t.bold('Examples'), ...command.examples.map(e => `  ${e}`))
  return lines.join('\n')
}

/** The help of a group, or of the whole program. */
export function groupHelp(name: string, group: CommandGroup, t: Terminal): string {
  const prefix = name === '' ? 'slipway' : `slipway ${name}`
  return [
    group.description, '', `${t.bold('Usage')}  ${prefix} COMMAND [options]`, '', t.bold('Commands'),
    ...alignRows(Object.entries(group.commands).map(([n, entry]) => [t.accent(n), entry.description]), { indent: '  ' }),
    '', `\`${prefix} COMMAND --help\` shows the options of one.`,
  ].join('\n')
}
