// What a terminal is asked; a program answers by flags.
import { SlipwayError } from '../../core/errors.ts'

interface Choice { value: string; label: string; hint?: string }

/** One of a list; the first is the default. @throws SlipwayError `usage` when it is cancelled. */
export async function choose(message: string, options: readonly Choice[]): Promise<string> {
  const { select, isCancel } = await import('@clack/prompts')
  const answer = await select({ message, options: [...options], initialValue: options[0].value, maxItems: 12 })
  if (isCancel(answer)) throw cancelled()
  return answer
}

/** A number; the default is taken by Enter. @throws SlipwayError `usage` when it is cancelled. */
export async function askNumber(message: string, initial: number): Promise<number> {
  const { text, isCancel } = await import('@clack/prompts')
  const answer = await text({ message, initialValue: String(initial), validate: value => (Number.isFinite(Number(value)) && value?.trim() !== '' ? undefined : 'A number, please.') })
  if (isCancel(answer)) throw cancelled()
  return Number(answer)
}

/** @throws SlipwayError `refused` (by default `usage`) unless it is confirmed. */
export async function confirm(message: string, refused: SlipwayError = cancelled()): Promise<void> {
  const { confirm: ask, isCancel } = await import('@clack/prompts')
  const answer = await ask({ message })
  if (isCancel(answer) || !answer) throw refused
}

function cancelled(): SlipwayError { return new SlipwayError('usage', 'Nothing was written.', { remedy: 'Run it again, or give the answers as options: see `slipway init --help`.' }) }
