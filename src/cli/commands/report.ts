import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'
import type { Report } from '../../monitoring/index.ts'
import { command } from '../command.ts'
import { withConnection } from '../connection.ts'
import { showReport } from '../show-report.ts'
import type { Wire } from '../wire.ts'

const PERIODS = ['day', 'week', 'month']

/** slipway report */
export const report = command({
  name: 'report',
  description: 'Reports what became of an endpoint\'s predictions: quality, drift, releases, alerts, by week',
  args: {
    endpoint: { type: 'positional', description: 'The endpoint', required: true },
    from: { type: 'string', valueHint: 'TIME', description: 'First event time (default: the first prediction\'s week)' },
    to: { type: 'string', valueHint: 'TIME', description: 'Event times before this (default: now)' },
    by: { type: 'string', valueHint: 'PERIOD', description: 'day, week or month (default: week)' },
    html: { type: 'string', valueHint: 'FILE', description: 'Write one self-contained page to this file' },
  },
  examples: ['slipway report flight-delay', 'slipway report flight-delay --from 2013-04-01 --to 2013-07-01 --html report.html', 'slipway report flight-delay --by month --json'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    if (args.by !== undefined && !PERIODS.includes(args.by)) throw new SlipwayError('usage', '--by must be day, week or month.')
    const query = new URLSearchParams()
    for (const name of ['from', 'to', 'by'] as const) if (args[name] !== undefined) query.set(name, args[name])
    const path = `/api/v1/monitoring/${encodeURIComponent(args.endpoint)}/report`
    t.progress('reading predictions …')
    if (args.html !== undefined) {
      const file = resolve(context.cwd, args.html)
      const page = await connection.text(`${path}.html?${query.toString()}`)
      try { await writeFile(file, page) } catch (cause) { throw new SlipwayError('usage', `${file} cannot be written: ${(cause as Error).message}`, { cause }) }
      if (args.json) t.print(JSON.stringify({ file, bytes: Buffer.byteLength(page) }))
      else t.print(`${t.good('✓')} ${file}  ${t.dim(`${Math.ceil(Buffer.byteLength(page) / 1024)} KB, opens in any browser`)}`)
      return
    }
    const found = await connection.call<Wire<Report>>('GET', `${path}?${query.toString()}`)
    if (args.json) t.print(JSON.stringify(found))
    else showReport(found, t)
  }),
})
