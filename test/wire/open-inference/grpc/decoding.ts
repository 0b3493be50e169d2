// What is read of a request is what Google's protobuf reads of it, whatever the bytes: mutants that are taken here are taken there, and mean the same.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SlipwayError } from '../../../../src/core/errors.ts'
import { seededRandom } from '../../../../src/core/seeded-random.ts'
import { decodeMessage, encodeMessage } from '../../../../src/http/fixtures/grpc-client.ts'
import type { Findings } from '../../../chaos/server-process.ts'
import { run } from '../../python-environment.ts'
import { mutateBytes, RAW, TYPED, whole } from './mutate-bytes.ts'

interface Named { parameters?: Record<string, object | null> }
interface Tensors extends Named { inputs: Named[]; outputs: Named[] }

/** Names without values are null to protobufjs, which cannot write them. */
function filled(message: Tensors): object {
  for (const { parameters } of [message, ...message.inputs, ...message.outputs]) for (const name of Object.keys(parameters ?? {})) (parameters as Record<string, object | null>)[name] ??= {}
  return message
}

/** `python` has tritonclient[grpc]. */
export async function compareDecoding(findings: Findings, python: string, count: number, seed: number): Promise<void> {
  const random = seededRandom(seed)
  const lines: string[] = []
  for (let i = 0; i < count; i++) {
    let bytes = i % 2 === 0 ? TYPED : RAW
    for (let n = 1 + whole(random, 2); n > 0; n--) bytes = mutateBytes(random, bytes)
    let read: string | null = null
    try { read = encodeMessage('ModelInferRequest', filled(decodeMessage('ModelInferRequest', bytes) as Tensors)).toString('hex') } catch (error) { if (!(error instanceof SlipwayError)) throw error }
    lines.push(JSON.stringify([bytes.toString('hex'), read]))
  }
  const folder = mkdtempSync(join(tmpdir(), 'slipway-decoding-'))
  try {
    const file = join(folder, 'mutants.jsonl')
    writeFileSync(file, `${lines.join('\n')}\n`)
    const said = await run(python, [fileURLToPath(new URL('decoding.py', import.meta.url)), file])
    const { taken, refused, refusedHereOnly, different } = JSON.parse(said) as { taken: number; refused: number; refusedHereOnly: number; different: string[] }
    process.stdout.write(`${count} mutants, seed ${seed}: ${taken} taken by both, ${refused} refused by both, ${refusedHereOnly} refused here only\n`)
    findings.expect(different.length === 0, `each that is taken means what it means to Google's protobuf${different.length === 0 ? '' : `: ${different.slice(0, 3).join('; ')}`}`)
    findings.expect(taken > count / 20 && refused > count / 20, 'many were taken, many refused')
  } finally { rmSync(folder, { recursive: true, force: true }) }
}
