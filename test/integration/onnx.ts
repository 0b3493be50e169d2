// ONNX files of scikit-learn through the real onnxruntime-node, which is no dependency: it is installed into a temporary folder (some 290 MB),
// or taken from one that has it: onnx.ts --runtime FOLDER.
import { execFileSync } from 'node:child_process'
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { isNative, loadModel } from '../../src/models/index.ts'
import type { Value } from '../../src/core/schema.ts'

interface Case { name: string; file: string; task: string; tolerance: number; rows: Value[][]; expected: number[] | null }
const golden = new URL('../golden/models/onnx/', import.meta.url)
const { cases } = JSON.parse(readFileSync(new URL('cases.json', golden), 'utf8')) as { cases: Case[] }
const read = (file: string): Uint8Array => Uint8Array.from(gunzipSync(readFileSync(new URL(file, golden))))

const at = process.argv.indexOf('--runtime')
const made = at < 0 ? mkdtempSync(join(tmpdir(), 'slipway-onnx-')) : null
const folder = made ?? process.argv[at + 1]
const refused = { code: 'invalid_request' }
try {
  const empty = mkdtempSync(join(tmpdir(), 'slipway-empty-'))
  process.chdir(empty)
  await assert.rejects(loadModel(read('logistic.onnx.gz')), (error: { code: string; remedy: string }) => error.code === 'invalid_config' && error.remedy.includes('npm install onnxruntime-node@1'))
  process.stdout.write('without the package: the error names the line that installs it\n')
  if (made !== null) {
    writeFileSync(join(folder, 'package.json'), '{"private":true}')
    execFileSync('npm', ['install', '--no-audit', '--no-fund', 'onnxruntime-node@1'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' } })
  }
  process.chdir(folder)
  rmSync(empty, { recursive: true })
  for (const { name, file, task, tolerance, rows, expected } of cases) {
    if (expected === null) {
      await assert.rejects(loadModel(read(file)), (error: Error & typeof refused) => error.code === refused.code && error.message.includes('zipmap'))
      process.stdout.write(`${name}: refused, with what to do\n`)
      continue
    }
    const model = await loadModel(read(file))
    assert.equal(model.format, 'onnx')
    assert.equal(model.task, task)
    assert.equal(isNative(model), false)
    const { width, output } = await model.predict(rows)
    assert.equal(width, expected.length / rows.length)
    const worst = output.reduce((most, v, i) => Math.max(most, Math.abs(v - expected[i])), 0)
    assert.ok(worst <= tolerance, `${name}: off by ${worst}`)
    const one = await model.predict(rows.slice(0, 1))
    assert.deepEqual([...one.output], [...output.subarray(0, width)])
    assert.equal((await model.predict([])).output.length, 0)
    await assert.rejects(model.explain(rows.slice(0, 1)), refused)
    await assert.rejects(model.predict([[1]]), refused)
    process.stdout.write(`${name}: ${rows.length} rows, ${task}, off by at most ${worst.toExponential(1)}\n`)
  }
  const bytes = read('logistic.onnx.gz')
  for (let i = 5; i < bytes.length; i += 37) await loadModel(bytes.subarray(0, i)).then(() => {}, (error: { code: string }) => { assert.equal(error.code, 'invalid_request') })
  process.stdout.write('cut files: read or refused\n')
} finally { if (made !== null) rmSync(made, { recursive: true, force: true }) }
