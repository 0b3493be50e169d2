// From the texts of the .proto files to functions that read and write their messages.
import protobuf from 'protobufjs'
import { SlipwayError } from '../../core/errors.ts'
import { checkMessage, planOf } from './strict.ts'

/** One kind of message on the wire. */
export interface WireType<T> {
  encode(message: T): Buffer
  /** @throws SlipwayError `invalid_request` for bytes that are no such message. */
  decode(bytes: Uint8Array): T
}

/** One text parsed; several can be had together. */
export function parseProto(text: string): protobuf.Root {
  const { root } = protobuf.parse(text, new protobuf.Root(), { keepCase: true })
  root.resolveAll()
  return root
}

/** Reads and writes one type of a file. It may throw for a name that is not there. */
export function wireType<T>(root: protobuf.Root, name: string): WireType<T> {
  const type = root.lookupType(name)
  const plan = planOf(type)
  return {
    encode: message => type.encode(message as Record<string, unknown>).finish() as Buffer,
    decode(bytes) {
      checkMessage(plan, bytes)
      // The check knows what every field must be; what the reader still stumbles over is no message either.
      try { return type.decode(bytes) as unknown as T } catch (error) {
        throw new SlipwayError('invalid_request', `The message cannot be read: ${(error as Error).message}.`, { cause: error, remedy: 'Send a whole message of this type.' })
      }
    },
  }
}
