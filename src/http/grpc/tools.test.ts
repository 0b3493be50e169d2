// What tools ask any gRPC server for: health and reflection; and how it ends.
import { status as Status } from '@grpc/grpc-js'
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor/index.js'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openLog } from '../../core/log.ts'
import { decodeMessage, encodeMessage, INFERENCE, openGrpcClient, type GrpcClient } from '../fixtures/grpc-client.ts'
import { ENDPOINT, openSmallHome, type SmallHome } from '../fixtures/small-home.ts'
import { openServer, type Server } from '../index.ts'
import { HEALTH_PROTO } from './protos/health.ts'
import { reflectionProto } from './protos/reflection.ts'
import { parseProto, wireType } from './wire-types.ts'

let home: SmallHome
let server: Server
let client: GrpcClient
beforeEach(async () => {
  home = await openSmallHome({ deployed: false, config: { server: { stopTimeout: 2 } } })
  server = await openServer(home.platform, { host: '127.0.0.1', port: 0, grpcPort: 0, log: openLog({ level: 'silent' }) })
  client = openGrpcClient(server.grpc as string)
})
afterEach(async () => {
  client.close()
  await server.close()
  await home.remove()
})

const health = parseProto(HEALTH_PROTO)
const HealthRequest = wireType<{ service: string }>(health, 'grpc.health.v1.HealthCheckRequest')
const HealthReply = wireType<{ status: number }>(health, 'grpc.health.v1.HealthCheckResponse')
const check = async (service: string): Promise<number | string> => {
  const { code, message } = await client.send('/grpc.health.v1.Health/Check', HealthRequest.encode({ service }))
  return code === 0 ? HealthReply.decode(message as Buffer).status : Status[code]
}

it('health: the server and its services by name', async () => {
  expect([await check(''), await check('inference.GRPCInferenceService'), await check('nobody.Service')]).toEqual([1, 1, 'NOT_FOUND'])
})

it('a watch hears of the stop, and does not hold it up; what comes later is refused', async () => {
  const watch = client.stream('/grpc.health.v1.Health/Watch')
  watch.call.write(HealthRequest.encode({ service: '' }))
  watch.call.end()
  const idle = client.stream(`${INFERENCE}ModelStreamInfer`)
  idle.call.write(encodeMessage('ModelInferRequest', { model_name: ENDPOINT }))
  await expect.poll(() => [watch.received.length, idle.received.length]).toEqual([1, 1])
  expect(decodeMessage('ModelStreamInferResponse', idle.received[0]).error_message).toContain('There is no endpoint')
  const started = performance.now()
  await server.close()
  expect(performance.now() - started).toBeLessThan(1_500)
  expect(watch.received.map(b => HealthReply.decode(b).status)).toEqual([1, 2])
  expect([(await watch.ended).code, (await idle.ended).code]).toEqual([Status.UNAVAILABLE, Status.UNAVAILABLE])
  expect((await client.call('ServerLive', {}, { deadline: 2_000 })).code).toBe(Status.UNAVAILABLE)
})

it.each(['v1', 'v1alpha'] as const)('reflection %s: a client that knows nothing learns the services, and can use them', async version => {
  const root = parseProto(reflectionProto(version))
  const Request = wireType<object>(root, `grpc.reflection.${version}.ServerReflectionRequest`)
  // oxlint-disable-next-line typescript/no-explicit-any -- one of four answers
  const Reply = wireType<any>(root, `grpc.reflection.${version}.ServerReflectionResponse`)
  const { call, received, ended } = client.stream(`/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`)
  for (const request of [{ list_services: '*' }, { file_containing_symbol: 'inference.GRPCInferenceService' }, { file_containing_symbol: 'inference.ModelInferRequest.InferInputTensor' }, { file_by_filename: 'grpc/health/v1/health.proto' }, { file_containing_symbol: 'no.Such' }, { all_extension_numbers_of_type: 'inference.ModelInferRequest' }]) call.write(Request.encode(request))
  call.end()
  expect(await ended).toMatchObject({ code: 0 })
  const [list, service, nested, file, missing, extensions] = received.map(b => Reply.decode(b))
  expect(list.list_services_response.service.map((s: { name: string }) => s.name)).toEqual(['inference.GRPCInferenceService', 'grpc.health.v1.Health', 'grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'])
  expect(nested.file_descriptor_response).toEqual(service.file_descriptor_response)
  expect([missing.error_response.error_code, extensions.all_extension_numbers_response.extension_number]).toEqual([Status.NOT_FOUND, []])
  const set = descriptor.FileDescriptorSet.create({ file: [service, file].map(r => descriptor.FileDescriptorProto.decode(r.file_descriptor_response.file_descriptor_proto[0])) as never })
  const learned = (protobuf.Root as unknown as { fromDescriptor(set: unknown): protobuf.Root }).fromDescriptor(set)
  const { requestType, responseType } = learned.lookupService('inference.GRPCInferenceService').methods.ModelReady
  const asked = learned.lookupType(requestType.replace(/^\./, ''))
  const reply = await client.send(`${INFERENCE}ServerReady`, asked.encode({}).finish() as Buffer)
  expect(learned.lookupType(responseType.replace(/^\./, '')).decode(reply.message as Buffer)).toMatchObject({ ready: true })
})

it('a port that is taken is told as such', async () => {
  const port = Number((server.grpc as string).split(':').at(-1))
  await expect(openServer(home.platform, { host: '127.0.0.1', port: 0, grpcPort: port, log: openLog({ level: 'silent' }) })).rejects.toMatchObject({ code: 'invalid_config', message: expect.stringContaining(`Port ${port}`) as string, remedy: expect.stringContaining('--grpc-port') as string })
})
