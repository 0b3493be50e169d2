// A model of several classes through every protocol that answers over HTTP.
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadModel, type Model } from '../../models/index.ts'
import { openServedHome } from '../fixtures/served-home.ts'

const { home, server, close } = await openServedHome()
let model: Model
let row: number[]
let own: number[]
beforeAll(async () => {
  const bytes = gunzipSync(readFileSync(new URL('../../../test/golden/models/xgboost/softprob.json.gz', import.meta.url)))
  const path = join(home.platform.home.dir, 'kinds.json')
  await writeFile(path, bytes)
  await home.platform.production.serveFiles([{ name: 'kinds', path }], { kind: 'user', name: 'ada' })
  model = await loadModel(bytes)
  row = model.inputs.map((_, i) => i / 4)
  own = [...(await model.predict([row])).output]
})
afterAll(close)

interface Reply { predictions: number[][]; classes: string[]; outputs: { name: string; shape: number[]; data: unknown[] }[]; explanations: { class: string; output: number }[]; class: string; output: number }
const send = async (path: string, body?: unknown): Promise<Reply> => await (await fetch(server.url + path, body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json() as Reply

it('tells each class its probability, and the greatest', async () => {
  const width = own.length
  const classes = model.outputs.map(o => o.name)
  const winner = classes[own.indexOf(Math.max(...own))]
  expect((await send('/v2/models/kinds')).outputs).toEqual([{ name: 'output', datatype: 'FP64', shape: [-1, width] }, { name: 'class', datatype: 'BYTES', shape: [-1] }])
  expect((await send('/v2/models/kinds/infer', { inputs: [{ name: 'x', shape: [2, row.length], datatype: 'FP64', data: [...row, ...row] }] })).outputs).toEqual([
    { name: 'output', datatype: 'FP64', shape: [2, width], data: [...own, ...own] }, { name: 'class', datatype: 'BYTES', shape: [2], data: [winner, winner] },
  ])
  for (const path of ['/v1/models/kinds:predict', '/endpoints/kinds/invocations']) expect(await send(path, { instances: [row] })).toMatchObject({ predictions: [own], classes: [winner] })
  expect((await send('/v1/models/kinds:explain', { instances: [row] })).explanations).toMatchObject([{ class: winner, output: Math.max(...own) }])
  expect(await send('/api/v1/endpoints/kinds/predict', { request: Object.fromEntries(model.inputs.map(({ name }, i) => [name, row[i]])) })).toMatchObject({ output: Math.max(...own), class: winner, outputs: Object.fromEntries(classes.map((c, i) => [c, own[i]])) })
})
