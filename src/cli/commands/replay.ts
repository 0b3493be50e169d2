import type { Replay, ReplaySummary } from '../../production/index.ts'
import { SlipwayError } from '../../core/errors.ts'
import { wholeNumber } from '../arguments.ts'
import { command } from '../command.ts'
import { withConnection } from '../connection.ts'
import type { Terminal } from '../terminal.ts'

/** slipway replay */
export const replay = command({
  name: 'replay',
  description: 'Computes a prediction again from its stored content and inputs, and compares it to the bit',
  args: {
    prediction: { type: 'positional', description: 'The prediction\'s id', required: false },
    random: { type: 'string', valueHint: 'N', description: 'Replay so many predictions, drawn at random, instead' },
    seed: { type: 'string', valueHint: 'N', description: 'Draw the same ones again' },
    endpoint: { type: 'string', valueHint: 'NAME', description: 'Draw from this endpoint only' },
  },
  examples: ['slipway replay pred_0000002kj0ydxk', 'slipway replay --random 1000 --seed 7'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const count = wholeNumber(args.random, '--random', 1, 100_000)
    if ((args.prediction === undefined) === (count === undefined)) throw new SlipwayError('usage', 'slipway replay needs the id of a prediction, or --random N.')
    if (count !== undefined) {
      t.progress(`replaying ${count} predictions …`)
      const seed = wholeNumber(args.seed, '--seed', 0, Number.MAX_SAFE_INTEGER)
      const summary = await connection.call<ReplaySummary>('POST', '/api/v1/replay', { count, ...(seed === undefined ? {} : { seed }), ...(args.endpoint === undefined ? {} : { endpoint: args.endpoint }) })
      if (args.json) t.print(JSON.stringify(summary))
      else {
        const all = summary.equal === summary.count
        t.print(`${all ? t.good('✓') : t.bad('✗')} ${summary.equal.toLocaleString('en')} of ${summary.count.toLocaleString('en')} predictions are equal to the bit  ${t.dim(`seed ${summary.seed}`)}`)
        for (const one of summary.differing.slice(0, 10)) showReplay(one, t)
      }
      return summary.equal === summary.count ? 0 : 1
    }
    const one = await connection.call<Replay>('GET', `/api/v1/predictions/${encodeURIComponent(args.prediction as string)}/replay`)
    if (args.json) t.print(JSON.stringify(one))
    else showReplay(one, t)
    return one.equal ? 0 : 1
  }),
})

function showReplay(r: Replay, t: Terminal): void {
  t.print(`${r.equal ? t.good('✓ equal to the bit') : t.bad('✗ different')}  ${t.bold(r.id)}  ${t.dim(`${r.release}, content ${r.contentDigest.slice(0, 12)}`)}`)
  t.print(`  logged    ${String(r.output).padEnd(22)} ${t.dim(bits(r.output))}`)
  t.print(`  replayed  ${String(r.replayed).padEnd(22)} ${t.dim(bits(r.replayed))}`)
  for (const d of r.differences) t.print(`  ${t.bad('≠')} ${d.what}: ${show(d.logged)} was logged, ${show(d.replayed)} came out`)
}

function show(value: unknown): string { return typeof value === 'number' ? `${value} (${bits(value)})` : value === null ? 'missing' : JSON.stringify(value) }

/** The 64 bits of a double, as hex. */
function bits(n: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(n)
  return `0x${bytes.toString('hex')}`
}
