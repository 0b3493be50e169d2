// Strict where citty is lenient: an option that does not exist is a fault, not a positional.
import type { ArgsDef } from 'citty'
import { SlipwayError } from '../core/errors.ts'
import { suggest } from '../core/nearest-name.ts'

/** @throws SlipwayError `usage` for unknown options, values that are missing or not asked for, and too many or too few words. */
export function checkArguments(raw: readonly string[], definition: ArgsDef, commandName: string): void {
  const options = new Map(Object.entries(definition).filter(([, d]) => d.type !== 'positional'))
  const positionals = Object.entries(definition).filter(([, d]) => d.type === 'positional')
  const help = `slipway ${commandName} --help`
  const refuse = (message: string): SlipwayError => new SlipwayError('usage', message, { remedy: `Run \`${help}\`.` })
  let words = 0
  for (let i = 0; i < raw.length; i++) {
    const text = raw[i]
    if (text === '--') { words += raw.length - i - 1; break }
    if (!text.startsWith('-') || text === '-') { words++; continue }
    const [flag, inline] = text.split(/=(.*)/s, 2)
    const name = flag.replace(/^--?/, '')
    const option = flag.startsWith('--') ? options.get(name) : undefined
    if (option === undefined) throw refuse(`slipway ${commandName} has no option ${flag}.${suggest(flag, [...options.keys()].map(n => `--${n}`))}`)
    if (option.type === 'boolean') {
      if (inline !== undefined && inline !== 'true' && inline !== 'false') throw refuse(`${flag} takes no value.`)
      continue
    }
    const value = inline ?? raw[++i]
    if (value === undefined || value === '' || (inline === undefined && value.startsWith('--'))) throw refuse(`${flag} needs a value${option.valueHint === undefined ? '' : ` (${option.valueHint})`}.`)
  }
  const required = positionals.filter(([, d]) => d.required !== false && d.default === undefined)
  if (words < required.length) throw refuse(`slipway ${commandName} needs ${required.slice(words).map(([n]) => n.toUpperCase()).join(' and ')}.`)
  if (words > positionals.length) throw refuse(`slipway ${commandName} takes ${positionals.length === 0 ? 'no words' : `only ${positionals.map(([n]) => n.toUpperCase()).join(' ')}`} after its name.`)
}

/** Every value of an option that may be repeated; arguments that were checked give one to each. */
export function everyValue(words: readonly string[], flag: string): string[] {
  return words.flatMap((word, i) => (word === flag ? [words[i + 1]] : word.startsWith(`${flag}=`) ? [word.slice(flag.length + 1)] : []))
}

/** A whole number from text. @throws SlipwayError `usage`. */
export function wholeNumber(text: string | undefined, option: string, min: number, max: number): number | undefined {
  if (text === undefined) return undefined
  const n = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(n >= min && n <= max)) throw new SlipwayError('usage', `${option} must be a whole number from ${min} to ${max}, and is ${JSON.stringify(text)}.`)
  return n
}
