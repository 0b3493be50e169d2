// Server reflection: grpcurl and its like learn the services from the server itself.
import { status as Status } from '@grpc/grpc-js'
import type { DescribedFile } from './descriptors.ts'
import type { Incoming, Replies, Service } from './method.ts'
import { reflectionProto } from './protos/reflection.ts'
import { parseProto, wireType } from './wire-types.ts'

interface Request {
  host: string
  /** Which of the members below came. */
  message_request?: 'file_by_filename' | 'file_containing_symbol' | 'file_containing_extension' | 'all_extension_numbers_of_type' | 'list_services'
  file_by_filename: string
  file_containing_symbol: string
  all_extension_numbers_of_type: string
}

/** Of these files and services, under one version of its name. No file imports another. */
export function reflectionService(version: 'v1' | 'v1alpha', files: readonly DescribedFile[], services: ReadonlySet<string>): Service {
  const root = parseProto(reflectionProto(version))
  const name = `grpc.reflection.${version}`
  const missing = (what: string): object => ({ error_response: { error_code: Status.NOT_FOUND, error_message: `There is no ${what} here.` } })
  const fileOf = (found: DescribedFile | undefined, what: string): object => (found === undefined ? missing(what) : { file_descriptor_response: { file_descriptor_proto: [found.bytes] } })
  const answer = (request: Request): object => {
    switch (request.message_request) {
      case 'list_services': return { list_services_response: { service: [...services].map(s => ({ name: s })) } }
      case 'file_by_filename': return fileOf(files.find(f => f.name === request.file_by_filename), `file ${request.file_by_filename.slice(0, 200)}`)
      case 'file_containing_symbol': return fileOf(files.find(f => f.symbols.has(request.file_containing_symbol)), `symbol ${request.file_containing_symbol.slice(0, 200)}`)
      case 'all_extension_numbers_of_type': {
        const type = request.all_extension_numbers_of_type
        return files.some(f => f.symbols.has(type)) ? { all_extension_numbers_response: { base_type_name: type, extension_number: [] } } : missing(`type ${type.slice(0, 200)}`)
      }
      default: return missing('extension')
    }
  }
  return {
    name: `${name}.ServerReflection`,
    methods: {
      ServerReflectionInfo: {
        kind: 'stream', access: 'read',
        request: wireType<Request>(root, `${name}.ServerReflectionRequest`),
        response: wireType<object>(root, `${name}.ServerReflectionResponse`),
        async answer(requests: Incoming<Request>, replies: Replies<object>) {
          for await (const item of requests) {
            if ('error' in item) throw item.error
            await replies.send({ valid_host: item.message.host, original_request: item.message, ...answer(item.message) })
          }
        },
      },
    },
  }
}
