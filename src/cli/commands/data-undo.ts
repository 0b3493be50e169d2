import { SlipwayError } from '../../core/errors.ts'
import { wholeNumber } from '../arguments.ts'
import { command, DRY_RUN } from '../command.ts'
import { withConnection } from '../connection.ts'
import { confirm } from '../init/questions.ts'
import { showUndo, type ShownUndo } from '../show-undo.ts'

/** slipway data undo */
export const dataUndo = command({
  name: 'data undo',
  description: 'Undoes a bad push, backfill or import: online state and datasets go back to a position of the journal; reads are then what they were',
  args: {
    to: { type: 'string', valueHint: 'POSITION', description: 'Undo what came after this position' },
    push: { type: 'string', valueHint: 'POSITION', description: 'Undo the push, materialization or import at this position, and what came after it' },
    before: { type: 'string', valueHint: 'TIME', description: 'Undo what was recorded at this time or later' },
    source: { type: 'string', valueHint: 'NAME', description: 'Only this source (default: all)' },
    datasets: { type: 'string', valueHint: 'NAME,…', description: 'Whose heads go back; none for none (default: those that were imported, of a source its own)' },
    reason: { type: 'string', valueHint: 'TEXT', description: 'Why, for the ledger' },
    yes: { type: 'boolean', description: 'Do it without asking' },
    ...DRY_RUN,
  },
  examples: ['slipway data undo --to 120431 --dry-run', 'slipway data undo --push 120432 --reason "prices in cents" --yes', 'slipway data undo --before 2026-05-04T09:30Z --source sales --reason "a broken sender"'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const position = (text: string | undefined, option: string): number | undefined => (text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : wholeNumber(text, option, 1, Number.MAX_SAFE_INTEGER))
    const { source, before, reason } = args
    const request = {
      to: position(args.to, '--to'), push: position(args.push, '--push'), before, source, reason,
      datasets: args.datasets === undefined ? undefined : args.datasets === 'none' ? [] : args.datasets.split(',').map(d => d.trim()).filter(d => d !== ''),
    }
    const shown = await connection.call<ShownUndo>('POST', '/api/v1/data/undo?dryRun=true', request)
    if (args['dry-run'] === true || !shown.changed) {
      if (args.json) t.print(JSON.stringify(shown))
      else {
        showUndo(shown, t)
        if (shown.changed) t.print(t.dim('A dry run: nothing was changed.'))
      }
      return
    }
    if (reason === undefined) throw new SlipwayError('usage', 'An undo needs --reason TEXT, for whoever reads of it later.', { remedy: 'Add --dry-run to see first what it would do.' })
    if (args.yes !== true) {
      if (args.json === true || process.stdin.isTTY !== true || !t.watched) throw new SlipwayError('usage', 'Nothing was undone: there is nobody to ask.', { remedy: 'Look at it with --dry-run, then give --yes.' })
      showUndo(shown, t)
      await confirm('Undo it?', new SlipwayError('usage', 'Nothing was undone.', { remedy: '`slipway data log` shows other positions.' }))
    }
    t.progress('going back …')
    const change = await connection.call<ShownUndo>('POST', '/api/v1/data/undo', request)
    if (args.json) { t.print(JSON.stringify(change)); return }
    showUndo(change, t)
    if (change.ledger !== null) t.print(`${t.good('✓')} recorded as ledger entry ${change.ledger}; \`slipway data undo --to ${change.position - 1}${source === undefined ? '' : ` --source ${source}`}\` takes it back`)
  }),
})
