// A model from a file, asked with one matrix and answered with several classes: over gRPC, raw and typed.
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { status as Status } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openLog } from '../../core/log.ts'
import { loadModel } from '../../models/index.ts'
import { openGrpcClient, type GrpcClient } from '../fixtures/grpc-client.ts'
import { openSmallHome, type SmallHome } from '../fixtures/small-home.ts'
import { openServer, type Server } from '../server.ts'

let home: SmallHome
let server: Server
let client: GrpcClient
let row: number[]
let classes: string[]
let own: number[]
beforeAll(async () => {
  home = await openSmallHome({ deployed: false })
  const bytes = gunzipSync(readFileSync(new URL('../../../test/golden/models/xgboost/softprob.json.gz', import.meta.url)))
  const path = join(home.platform.home.dir, 'kinds.json')
  await writeFile(path, bytes)
  await home.platform.production.serveFiles([{ name: 'kinds', path }], { kind: 'user', name: 'ada' })
  const model = await loadModel(bytes)
  row = model.inputs.map((_, i) => i / 4)
  classes = model.outputs.map(o => o.name)
  own = [...(await model.predict([row])).output]
  server = await openServer(home.platform, { host: '127.0.0.1', port: 0, grpcPort: 0, log: openLog({ level: 'silent' }) })
  client = openGrpcClient(server.grpc as string)
})
afterAll(async () => {
  client.close()
  await server.close()
  await home.remove()
})

it('takes a matrix of any name, and gives each row its classes', async () => {
  const winner = Buffer.from(classes[own.indexOf(Math.max(...own))])
  const metadata = (await client.call('ModelMetadata', { name: 'kinds' })).message
  expect(metadata.outputs.map((o: { name: string; shape: { toNumber(): number }[] }) => [o.name, o.shape.map(n => n.toNumber())])).toEqual([['output', [-1, classes.length]], ['class', [-1]]])
  const shape = [2, row.length]
  const typed = (await client.call('ModelInfer', { model_name: 'kinds', inputs: [{ name: 'input-0', datatype: 'FP64', shape, contents: { fp64_contents: [...row, ...row] } }] })).message
  expect(typed.outputs.map((o: { name: string; contents: object }) => [o.name, o.contents])).toMatchObject([['output', { fp64_contents: [...own, ...own] }], ['class', { bytes_contents: [winner, winner] }]])
  const raw = (await client.call('ModelInfer', { model_name: 'kinds', inputs: [{ name: 'x', datatype: 'FP64', shape }], raw_input_contents: [Buffer.from(Float64Array.from([...row, ...row]).buffer)] })).message
  const numbers = Buffer.from(raw.raw_output_contents[0] as Buffer)
  expect(Array.from({ length: 2 * classes.length }, (_, i) => numbers.readDoubleLE(8 * i))).toEqual([...own, ...own])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(winner.length)
  expect(Buffer.from(raw.raw_output_contents[1] as Buffer)).toEqual(Buffer.concat([length, winner, length, winner]))
})

it('refuses a matrix of another width', async () => {
  expect(await client.call('ModelInfer', { model_name: 'kinds', inputs: [{ name: 'x', datatype: 'FP64', shape: [1, 1], contents: { fp64_contents: [1] } }] })).toMatchObject({ code: Status.INVALID_ARGUMENT, text: expect.stringContaining(`must have ${row.length} columns`) as string })
})
