// From data to a release that may answer: train, gate, approval, package. A candidate that an interrupted start had made is taken up again.
import { SlipwayError, type Platform } from 'slipway'
import { nameTime, type Micros } from './plan.ts'

export const MODEL = 'late-arrival'
export const ENDPOINT = 'flight-delay'

type Intelligence = Platform['intelligence']
type Train = Parameters<Intelligence['train']>[0]
type Gate = Awaited<ReturnType<Intelligence['gate']>>

export interface Candidate {
  version: number
  run: string
  /** Rows that trained it, and rows on which it was judged. */
  trained: number
  judged: number
  gate: Pick<Gate, 'id' | 'passed' | 'reason' | 'difference' | 'reference' | 'pValue' | 'detectable' | 'rows'>
  /** Null when the gate refused it. */
  approvedBy: string | null
  release: number | null
}

export interface CandidateRequest { from: Micros; to: Micros; learner?: Train['learner'] }

/** Trains on what is known at `to`, judges, and where the gate passes asks the policy and packages a release. */
export async function makeCandidate(platform: Platform, { from, to, learner }: CandidateRequest, actor: Train['actor'], progress: (line: string) => void): Promise<Candidate> {
  const { intelligence, production } = platform
  const what = `training on ${nameTime(from)} to ${nameTime(to)}`
  const earlier = (await intelligence.listRuns({ model: MODEL, status: 'finished' })).find(r => r.to === to && r.from === from && (r.learner.params?.trees === learner?.params?.trees))
  const version = earlier?.version ?? (await intelligence.train({
    model: MODEL, from, to, labelsKnownBy: to, learner, actor,
    onProgress: p => { progress(`${what}: ${p.step}${p.done === undefined ? '' : ` ${p.done} of ${p.of}`}`) },
  })).version.version
  progress(`judging ${MODEL}@${version}`)
  const stored = await intelligence.getVersion(MODEL, version)
  // A gate that was recorded before an interruption stands.
  const gate = stored.gate === null ? await intelligence.gate({ model: MODEL, version, actor }) : await intelligence.getGate(stored.gate.id)
  const run = await intelligence.getRun(stored.run)
  const candidate: Candidate = {
    version, run: run.id, trained: run.data!.counts.training, judged: gate.rows,
    gate: { id: gate.id, passed: gate.passed, reason: gate.reason, difference: gate.difference, reference: gate.reference, pValue: gate.pValue, detectable: gate.detectable, rows: gate.rows },
    approvedBy: null, release: null,
  }
  if (!gate.passed) return candidate
  const approval = stored.approval ?? await intelligence.approveByPolicy({ model: MODEL, version })
  const made = (await production.listReleases(ENDPOINT)).find(r => r.modelVersion === version)
  const release = made ?? (await production.createRelease({ endpoint: ENDPOINT, model: MODEL, version, actor })).release
  return { ...candidate, approvedBy: approval.actor, release: release.number }
}

/** What the platform says to somebody who would release what its gate refused. */
export async function tryToRelease({ production }: Platform, version: number, actor: Train['actor']): Promise<string> {
  try { await production.createRelease({ endpoint: ENDPOINT, model: MODEL, version, actor }) } catch (error) {
    if (error instanceof SlipwayError) return `${error.code}: ${error.message}`
    throw error
  }
  throw new Error(`${MODEL}@${version} was released, though its gate refused it.`)
}
