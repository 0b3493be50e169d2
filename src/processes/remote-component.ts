// The face of a component that runs in another process.
import type { Clock } from '../core/clock.ts'
import type { FeatureContent } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import type { Micros } from '../core/time.ts'
import { checkProject, type FeatureStore } from '../data/index.ts'
import type { Production, StreamItem } from '../production/index.ts'
import type { Link } from './link.ts'
import { DATA, PRODUCTION, type MethodKind } from './methods.ts'

/** Every method that may be called from here, as a call. `bound`: those that rest on what the process was told before. */
export function remote<T>(link: Link, port: string, methods: Readonly<Record<string, MethodKind>>, bound: readonly string[] = []): T {
  const face: Record<string, unknown> = {}
  for (const [method, kind] of Object.entries(methods)) {
    if (kind === 'local') continue
    face[method] = kind === 'stream'
      ? (...args: unknown[]) => link.items(port, method, args)
      : (...args: unknown[]) => link.call(port, method, args, { kind, bound: bound.includes(method) })
  }
  return { ...face, close: async () => {} } as T
}

/** Features. A process that serves predictions relies on the state of the other one: `bound` then, and what was prepared is prepared again. */
export function remoteData(link: Link, { bound = false }: { bound?: boolean } = {}): FeatureStore {
  const face = { ...remote<FeatureStore>(link, 'data', DATA, bound ? ['read', 'push'] : []), checkProject }
  if (!bound) return face
  const prepared = new Map<string, FeatureContent>()
  link.onRestart(async () => { for (const content of prepared.values()) await face.prepare(content) })
  return {
    ...face,
    async prepare(content) {
      const answer = await face.prepare(content)
      prepared.set(answer.digest, content)
      return answer
    },
  }
}

/** An item of a stream with the time at which it was taken: the stream's own clock is that of its sender. */
export interface TimedItem { item: StreamItem; at: Micros }

/** What production offers: answers that are durable, and streams that bring their time with them. */
export function offerProduction(production: Production): object {
  return {
    ...production,
    async predict(request: Parameters<Production['predict']>[0]) {
      const { predictions, sequence, waitDurable } = await production.predict(request)
      await waitDurable()
      return { predictions, sequence }
    },
    async label(request: Parameters<Production['label']>[0]) {
      const { label, sequence, waitDurable } = await production.label(request)
      await waitDurable()
      return { label, sequence }
    },
    processStream(items: AsyncIterable<TimedItem>, options: Parameters<Production['processStream']>[1]) {
      let now = 0
      const untimed = async function* untimed(): AsyncGenerator<StreamItem> {
        for await (const { item, at } of items) {
          now = at
          yield item
        }
      }
      return production.processStream(untimed(), { ...options, now: () => now })
    },
  }
}

export function remoteProduction(link: Link, clock: Clock): Production {
  const face = remote<Production>(link, 'production', PRODUCTION)
  const durable = { waitDurable: (): Promise<void> => Promise.resolve() }
  const timed = async function* timed(items: AsyncIterable<StreamItem>, now: () => Micros): AsyncGenerator<TimedItem> {
    for await (const item of items) yield { item, at: now() }
  }
  return {
    ...face,
    predict: async request => ({ ...await face.predict(request), ...durable }),
    label: async request => ({ ...await face.label(request), ...durable }),
    // A process that is not there reads definitions anew when it starts.
    refreshDefinitions: () => face.refreshDefinitions().catch(ignoreUnreachable),
    processStream: (items, { caller, onAck, now = () => clock.now() }) => face.processStream(timed(items, now) as unknown as AsyncIterable<StreamItem>, { caller, onAck }),
  }
}

export function ignoreUnreachable(error: unknown): void {
  if (!(error instanceof SlipwayError && error.code === 'unreachable')) throw error
}
