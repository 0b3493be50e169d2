// What a method of a service is: who may call it, what goes in and out. The server calls it; it knows nothing of the wire.
import type { Principal } from '../../metadata/index.ts'
import type { Access } from '../access.ts'
import type { WireType } from './wire-types.ts'

/** One call, as a method sees it. */
export interface CallContext {
  principal: Principal
  /** Aborted when the client is gone or its deadline is over. */
  signal: AbortSignal
}

/** Messages to the client. `send` resolves when there is room for the next one. */
export interface Replies<A> { send(message: A): Promise<void> }

/** Messages of the client: those that cannot be read come as the error, so that a method may go on after one. */
export type Incoming<Q> = AsyncIterable<{ message: Q } | { error: Error }>

interface Described<Q, A> {
  /** Deny by default: there is no method without it. */
  access: Access
  request: WireType<Q>
  response: WireType<A>
}

/** One message in, one out. */
export interface UnaryMethod<Q, A> extends Described<Q, A> { kind: 'unary'; answer(request: Q, call: CallContext): A | Promise<A> }
/** One message in, many out; ends with the promise. */
export interface WatchMethod<Q, A> extends Described<Q, A> { kind: 'watch'; answer(request: Q, replies: Replies<A>, call: CallContext): Promise<void> }
/** Many in, many out; ends with the promise. */
export interface StreamMethod<Q, A> extends Described<Q, A> { kind: 'stream'; answer(requests: Incoming<Q>, replies: Replies<A>, call: CallContext): Promise<void> }

// oxlint-disable-next-line typescript/no-explicit-any -- a table of methods has as many types as methods
export type Method = UnaryMethod<any, any> | WatchMethod<any, any> | StreamMethod<any, any>

/** A service by its full name, for example `grpc.health.v1.Health`. */
export interface Service { name: string; methods: Record<string, Method> }
