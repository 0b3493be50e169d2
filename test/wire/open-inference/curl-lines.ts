// The curl lines of MLflow's and KServe's documentation, with this suite's model in them.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Findings } from '../../chaos/server-process.ts'
import { run } from '../python-environment.ts'

interface Line { from: string; args: string[]; /** Status, and what the body is. */ status: number; isGood: (body: Record<string, unknown>) => boolean }

const JSON_TYPE = 'Content-Type: application/json'
const ROW = [0.5, -1, 1.5, 0]
const RECORD = { a: 0.5, b: -1, c: 1.5, d: 0 }

/** `wire` is a model of four numbers a, b, c, d; `output` what it says of 0.5, -1, 1.5, 0. */
function lines(url: string, folder: string, output: number): Line[] {
  const csv = join(folder, 'rows.csv')
  writeFileSync(csv, `a,b,c,d\n${ROW.join(',')}\n`)
  const input = join(folder, 'iris-input.json')
  writeFileSync(input, JSON.stringify({ instances: [ROW, ROW] }))
  const v2 = join(folder, 'iris-input-v2.json')
  writeFileSync(v2, JSON.stringify({ inputs: [{ name: 'input-0', shape: [2, 4], datatype: 'FP32', data: [ROW, ROW] }] }))
  const predicts = (n: number) => (body: Record<string, unknown>): boolean => JSON.stringify(body.predictions) === JSON.stringify(new Array(n).fill(output))
  const json = (body: unknown): string[] => ['-H', JSON_TYPE, '-d', JSON.stringify(body)]
  const invocations = `${url}/endpoints/wire/invocations`
  return [
    { from: 'MLflow: dataframe_split', args: [invocations, '-H', 'Content-Type:application/json', '-d', JSON.stringify({ dataframe_split: { columns: ['a', 'b', 'c', 'd'], data: [ROW, ROW] } })], status: 200, isGood: predicts(2) },
    { from: 'MLflow: dataframe_records', args: [invocations, ...json({ dataframe_records: [RECORD] })], status: 200, isGood: predicts(1) },
    { from: 'MLflow: instances', args: [invocations, ...json({ instances: [ROW] })], status: 200, isGood: predicts(1) },
    { from: 'MLflow: inputs by column', args: [invocations, ...json({ inputs: { a: [0.5], b: [-1], c: [1.5], d: [0] } })], status: 200, isGood: predicts(1) },
    { from: 'MLflow: inputs and params', args: [invocations, ...json({ inputs: [ROW], params: { temperature: 0.5 } })], status: 200, isGood: predicts(1) },
    { from: 'MLflow: text/csv', args: [invocations, '-H', 'Content-Type: text/csv', '--data-binary', `@${csv}`], status: 200, isGood: predicts(1) },
    { from: 'MLflow: an array of numbers', args: [invocations, ...json([ROW])], status: 400, isGood: b => b.error_code === 'BAD_REQUEST' && typeof b.message === 'string' },
    { from: 'MLflow: /version', args: [`${url}/version`], status: 200, isGood: b => b.name === 'slipway' },
    { from: 'MLflow: /health', args: [`${url}/health`], status: 200, isGood: b => b.status === 'ok' },
    { from: 'KServe V1: predict', args: ['-H', 'Host: HOST', '-H', JSON_TYPE, `${url}/v1/models/wire:predict`, '-d', `@${input}`], status: 200, isGood: predicts(2) },
    { from: 'KServe V1: predict of no JSON', args: ['-H', JSON_TYPE, `${url}/v1/models/wire:predict`, '-d', 'instances'], status: 400, isGood: b => typeof b.error === 'string' },
    { from: 'KServe V1: explain', args: [`${url}/v1/models/wire:explain`, ...json({ instances: [ROW] })], status: 200, isGood: b => (b.explanations as unknown[]).length === 1 },
    { from: 'KServe V1: a CloudEvent', args: [`${url}/v1/models/wire:predict`, '-H', 'ce-id: 1', '-H', 'ce-specversion: 1.0', '-H', 'ce-source: /test', '-H', 'ce-type: x', ...json({ instances: [RECORD] })], status: 200, isGood: predicts(1) },
    { from: 'KServe V1: models', args: [`${url}/v1/models`], status: 200, isGood: b => (b.models as string[]).includes('wire') },
    { from: 'KServe V1: a model', args: [`${url}/v1/models/wire`], status: 200, isGood: b => b.name === 'wire' && b.ready === true },
    { from: 'KServe V2: infer', args: ['-v', '-H', JSON_TYPE, '-d', `@${v2}`, `${url}/v2/models/wire/infer`], status: 200, isGood: b => JSON.stringify((b.outputs as { data: unknown }[])[0].data) === JSON.stringify([output, output]) },
    { from: 'KServe V2: ready', args: [`${url}/v2/health/ready`], status: 200, isGood: b => b.ready === true },
  ]
}

export async function askByCurl(findings: Findings, url: string, folder: string, output: number): Promise<void> {
  process.stdout.write('\ncurl lines of the documentation\n')
  const { host } = new URL(url)
  for (const { from, args, status, isGood } of lines(url, folder, output)) {
    const body = join(folder, 'answer.json')
    const said = await run('curl', ['--silent', '--max-time', '20', '-o', body, '-w', '\n%{http_code}', ...args.filter(a => a !== '-v').map(a => a.replace('HOST', host))], { cwd: folder })
    const answer = readFileSync(body, 'utf8')
    const code = Number(said.trim().split('\n').at(-1))
    let good = code === status
    try { good &&= isGood(JSON.parse(answer) as Record<string, unknown>) } catch { good = false }
    findings.expect(good, `${from}${good ? '' : `: ${code} ${answer.slice(0, 300)}`}`)
  }
}
