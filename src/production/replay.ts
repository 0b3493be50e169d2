import { SlipwayError } from '../core/errors.ts'
import type { FallbackDefinition } from '../core/definition.ts'
import type { FeaturePort } from '../core/ports/features.ts'
import type { Value } from '../core/schema.ts'
import { classesOf, outputsOf } from './classes.ts'
import { answerByRule } from './fallback.ts'
import type { ContentStore } from './loaded-content.ts'
import { decide } from './prediction-frame.ts'
import type { PredictionReader, PredictionRecord } from './prediction-reader.ts'
import type { Release, Releases } from './release.ts'

/** One value that came out otherwise than it was logged. */
export interface ReplayDifference { what: string; logged: Value; replayed: Value }

export interface Replay {
  id: string
  release: string
  contentDigest: string
  /** Output, decision and every on-demand feature are the same to the bit. */
  equal: boolean
  output: number
  replayed: number
  differences: ReplayDifference[]
}

export interface ReplaySummary { count: number; equal: number; seed: number; differing: Replay[] }

export interface Replayer {
  /** Computes the prediction again from the stored content and its logged inputs. */
  replay(id: string): Promise<Replay>
  /** Replays predictions drawn at random. */
  replayMany(options?: { count?: number; seed?: number; endpoint?: string }): Promise<ReplaySummary>
}

export function openReplayer(parts: { reader: PredictionReader; releases: Releases; contents: ContentStore; features: FeaturePort }): Replayer {
  const { reader, releases, contents, features } = parts

  /** All of one release, either computed by its model or by its rules. */
  const replayRelease = async (records: readonly PredictionRecord[]): Promise<Replay[]> => {
    const { endpoint, release: number, contentPrefix } = records[0]
    const release = await releases.get(endpoint, number)
    if (!release.contentDigest.startsWith(contentPrefix)) throw new SlipwayError('corrupt', `${records[0].id} was journaled under content ${contentPrefix}, and its release ${release.id} has ${release.contentDigest.slice(0, 12)}.`)
    const { content, score } = await contents.load(release.contentDigest)
    if (isByRule(records[0])) return records.map(r => replayRule(r, release, content.fallback, content.threshold))
    const { service, outputs } = content.features
    const functions = service.onDemand?.functions ?? []
    const computed = functions.length === 0 ? records.map((): Value[] => []) : await features.computeOnDemand(content.features, records.map(r => ({ request: r.request, features: service.features.map(name => r.features[name] ?? null) })))
    const vectors = records.map((r, i) => outputs.map(({ name }): Value => {
      const k = functions.findIndex(f => f.name === name)
      return k >= 0 ? computed[i][k] : service.features.includes(name) ? r.features[name] : r.request[name]
    }))
    const scores = await score(vectors)
    const classes = classesOf(content)
    const width = classes?.length ?? 1
    const computedOutputs = outputsOf(content, scores)
    return records.map((r, i) => {
      const { differences, compare } = comparison()
      outputs.forEach(({ name }, k) => { compare(`feature ${name}`, r.features[name], vectors[i][k]) })
      compare('output', r.output, computedOutputs[i])
      classes?.forEach((name, k) => { compare(`output ${name}`, r.outputs?.[name] ?? null, scores[i * width + k]) })
      compare('decision', r.decision, decide(computedOutputs[i], content.threshold))
      return { id: r.id, release: release.id, contentDigest: release.contentDigest, equal: differences.length === 0, output: r.output, replayed: computedOutputs[i], differences }
    })
  }

  return {
    replay: async id => (await replayRelease([await reader.get(id)]))[0],
    async replayMany({ count = 1_000, seed = 1, endpoint } = {}) {
      if (!Number.isInteger(count) || count < 1 || count > 1_000_000) throw new SlipwayError('invalid_request', 'count must be a whole number from 1 to 1,000,000.', { faults: [{ path: 'count', message: 'must be 1 to 1,000,000' }] })
      const drawn = await reader.sample({ count, seed, endpoint })
      const groups = Map.groupBy(drawn, r => `${r.endpoint}@${r.release}${isByRule(r) ? ' rules' : ''}`)
      const replays = (await Promise.all([...groups.values()].map(replayRelease))).flat()
      return { count: replays.length, equal: replays.filter(r => r.equal).length, seed, differing: replays.filter(r => !r.equal) }
    },
  }
}

function isByRule({ fallback }: PredictionRecord): boolean { return fallback === 'rule' || fallback === 'default' }

/** The rules again, on the request that was logged. */
function replayRule(r: PredictionRecord, release: Release, fallback: FallbackDefinition | undefined, threshold: number | null): Replay {
  if (fallback === undefined) throw new SlipwayError('corrupt', `${r.id} was answered by a fallback, and the content of ${release.id} declares none.`)
  const { output, kind } = answerByRule(fallback, r.request)
  const { differences, compare } = comparison()
  compare('fallback', r.fallback, kind)
  compare('output', r.output, output)
  compare('decision', r.decision, decide(output, threshold))
  return { id: r.id, release: release.id, contentDigest: release.contentDigest, equal: differences.length === 0, output: r.output, replayed: output, differences }
}

function comparison(): { differences: ReplayDifference[]; compare(what: string, logged: Value, replayed: Value): void } {
  const differences: ReplayDifference[] = []
  return { differences, compare: (what, logged, replayed) => { if (!Object.is(logged, replayed)) differences.push({ what, logged, replayed }) } }
}
