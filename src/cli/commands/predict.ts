import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { resolve } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'
import { parseJsonText } from '../../http/index.ts'
import { command } from '../command.ts'
import { withConnection } from '../connection.ts'

interface Prediction { id: string; output: number; decision: boolean | null; release: string; role: string; fallback?: string; eventTime: string; features?: Record<string, unknown> }

/** slipway predict */
export const predict = command({
  name: 'predict',
  description: 'Asks an endpoint; the prediction is journaled like any other',
  args: {
    endpoint: { type: 'positional', description: 'The endpoint', required: true },
    data: { type: 'string', valueHint: 'JSON|@FILE|-', description: 'The body: {"entities": …, "request": …} or {"rows": […]}; without it, shows one to try' },
    features: { type: 'boolean', description: 'Show the feature values too' },
    'idempotency-key': { type: 'string', valueHint: 'KEY', description: 'A repeat with this key gets the stored answer' },
  },
  examples: [`slipway predict flight-delay --data '{"entities": {"origin": "JFK", …}, "request": {…}}'`, 'slipway predict flight-delay --data @row.json --json'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const path = `/api/v1/endpoints/${encodeURIComponent(args.endpoint)}`
    if (args.data === undefined) {
      const { example } = await connection.call<{ example: object | null }>('GET', path)
      if (example === null) throw new SlipwayError('not_deployable', `${args.endpoint} has no deployed release.`)
      throw new SlipwayError('usage', 'slipway predict needs --data.', { remedy: `Try: slipway predict ${args.endpoint} --data '${JSON.stringify(example)}'` })
    }
    const body = parseJsonText(await readData(args.data, context.cwd), '--data')
    if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new SlipwayError('usage', '--data must be a JSON object.')
    const key = args['idempotency-key']
    const reply = await connection.call<Prediction | { predictions: Prediction[] }>('POST', `${path}/predict${args.features ? '?features=true' : ''}`, key === undefined ? body : { ...body, idempotencyKey: key })
    if (args.json) { t.print(JSON.stringify(reply)); return }
    for (const p of 'predictions' in reply ? reply.predictions : [reply]) {
      t.print(`${t.bold(String(p.output))}${p.decision === null ? '' : `  ${p.decision ? t.warn('yes') : t.good('no')}`}  ${p.fallback === undefined ? '' : `${t.warn(`by fallback: ${p.fallback}`)}  `}${t.dim(`${p.release}${p.role === 'champion' ? '' : `, ${p.role}`}, at ${p.eventTime}`)}  ${p.id}`)
      for (const [name, value] of Object.entries(p.features ?? {})) t.print(`  ${name} = ${value === null ? t.dim('missing') : String(value)}`)
    }
  }),
})

async function readData(data: string, cwd: string): Promise<string> {
  if (data === '-') return text(process.stdin)
  if (!data.startsWith('@')) return data
  try { return readFileSync(resolve(cwd, data.slice(1)), 'utf8') } catch (cause) { throw new SlipwayError('usage', `${data.slice(1)} cannot be read.`, { cause }) }
}
