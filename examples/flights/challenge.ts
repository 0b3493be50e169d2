// An alert on quality → a new candidate → a share of the traffic → a verdict on outcomes → a swap, or none.
import type { Platform } from 'slipway'
import { ENDPOINT, makeCandidate, MODEL, tryToRelease, type Candidate } from './candidate.ts'
import type { Notebook } from './notebook.ts'
import { nameTime, type Micros, type Stretch, type TourPlan } from './plan.ts'
import { proveRollback, type RollbackProof } from './rollback.ts'

type Actor = Parameters<Platform['intelligence']['gate']>[0]['actor']
type Trial = NonNullable<Awaited<ReturnType<Platform['monitoring']['trial']>>>

/** One answer to an alert. */
export interface Challenge { at: Micros; alert: { id: string; summary: string }; candidate: Candidate }

export interface Verdict { at: Micros; release: number; swapped: boolean; reason: string; difference: Trial['difference']; aucDifference: Trial['aucDifference']; champion: Trial['champion']; challenger: Trial['challenger'] }

export interface ChallengeParts { platform: Platform; plan: TourPlan; notebook: Notebook; actor: Actor; step(text: string): void; progress(line: string): void }

/** What a week's end asks for, after its looks. */
export async function respond(parts: ChallengeParts, { to: now }: Stretch): Promise<void> {
  const { platform, plan, notebook } = parts
  const challenges = notebook.list<Challenge>('challenge ')
  const verdicts = notebook.list<Verdict>('verdict ')
  // A proof that was interrupted is begun anew before anything else is done.
  if (verdicts.at(-1)?.swapped === true) await proveRollbackOnce(parts)
  const latest = challenges.at(-1)
  const running = latest !== undefined && latest.candidate.release !== null && !verdicts.some(v => v.release === latest.candidate.release)
  if (running) { await weigh(parts, latest.candidate.release!, now); return }
  if (plan.worse !== null && now >= plan.worse.at && notebook.find('worse candidate') === undefined) await offerWorse(parts, now)
  if (now >= plan.lastCandidate) return
  if (latest !== undefined && now - fruitlessSince(latest, verdicts) < plan.patience) return
  const [alert] = (await platform.monitoring.listAlerts({ endpoint: ENDPOINT, state: 'firing' })).filter(a => a.kind === 'quality')
  if (alert !== undefined) await challenge(parts, alert, now)
}

/** When the latest candidate came to nothing; −∞ when it took over. */
function fruitlessSince({ at, candidate }: Challenge, verdicts: readonly Verdict[]): Micros {
  if (candidate.release === null) return at
  const verdict = verdicts.find(v => v.release === candidate.release)
  return verdict === undefined || verdict.swapped ? Number.NEGATIVE_INFINITY : verdict.at
}

async function challenge({ platform, plan, notebook, actor, step, progress }: ChallengeParts, alert: { id: string; summary: string }, now: Micros): Promise<void> {
  const { candidate } = await notebook.once<Challenge>(`challenge ${nameTime(now)}`, async () => {
    step(`Alert: ${alert.summary}`)
    const made = await makeCandidate(platform, { from: plan.retrainFrom, to: now }, actor, progress)
    if (made.release !== null && !await isChallenging(platform)) {
      const { share } = (await platform.metadata.get<{ evaluation: { trial: { share: number } } }>('model', MODEL))!.body.evaluation.trial
      await platform.production.deploy({ endpoint: ENDPOINT, release: made.release, role: 'challenger', share, actor })
    }
    return { at: now, alert: { id: alert.id, summary: alert.summary }, candidate: made }
  })
  step(`Gate: ${candidate.gate.passed ? 'passed' : 'refused'}: ${candidate.gate.reason}`)
  if (candidate.release !== null) step(`Trial: release ${candidate.release}, approved by ${candidate.approvedBy}, answers its share as challenger`)
}

async function isChallenging({ production }: Platform): Promise<boolean> {
  return (await production.getDeployment(ENDPOINT))?.revisions.at(-1)?.routes.some(r => r.role === 'challenger') === true
}

async function weigh({ platform, notebook, actor, step, progress }: ChallengeParts, release: number, now: Micros): Promise<void> {
  const trial = await platform.monitoring.trial({ endpoint: ENDPOINT })
  if (trial === null || trial.verdict === 'continue') { progress(`trial: ${trial?.reason ?? 'no outcome yet'}`); return }
  const swapped = trial.verdict === 'swap'
  const { difference, aucDifference, reason, champion, challenger } = trial
  await notebook.once<Verdict>(`verdict ${nameTime(now)}`, async () => {
    if (await isChallenging(platform)) {
      if (swapped) await platform.production.promote({ endpoint: ENDPOINT, actor })
      else await platform.production.withdraw({ endpoint: ENDPOINT, actor })
    }
    return { at: now, release, swapped, reason, difference, aucDifference, champion, challenger }
  })
  step(`Verdict: ${swapped ? 'swapped' : 'kept'}: ${reason}`)
  if (swapped) await proveRollbackOnce({ platform, notebook, actor, step })
}

/** Right after a swap: back to the release before and forth again. */
async function proveRollbackOnce({ platform, notebook, actor, step }: Pick<ChallengeParts, 'platform' | 'notebook' | 'actor' | 'step'>): Promise<void> {
  if (notebook.find('rollback') !== undefined) return
  const proof = await notebook.once<RollbackProof>('rollback', () => proveRollback(platform, actor))
  step(`Rollback: ${proof.rows} rows under ${proof.after}: back to ${proof.before} ${proof.restored ? 'equal byte for byte' : 'NOT equal'}, undone ${proof.undone ? 'equal byte for byte' : 'NOT equal'}`)
}

/** A candidate of one stump: its gate must refuse it, and nobody may release it. */
async function offerWorse({ platform, plan, notebook, actor, step, progress }: ChallengeParts, now: Micros): Promise<void> {
  const { candidate, refusal } = await notebook.once<Worse>('worse candidate', async () => {
    const candidate = await makeCandidate(platform, { from: plan.worse!.from, to: now, learner: { name: 'gbdt', params: { trees: 1, leaves: 2 } } }, actor, progress)
    return { candidate, refusal: await tryToRelease(platform, candidate.version, actor) }
  })
  step(`Worse on purpose: ${MODEL}@${candidate.version} ${candidate.gate.passed ? 'PASSED' : 'is refused'}: ${candidate.gate.reason}`)
  progress(refusal)
}

export interface Worse { candidate: Candidate; refusal: string }

/** Without any swap in the year, the newest other release takes the champion's place for a moment. */
export async function ensureRollback(parts: ChallengeParts): Promise<void> {
  const { platform: { production }, platform, notebook, actor } = parts
  if (notebook.find('rollback') !== undefined && notebook.find('rollback arranged') === undefined) return
  const champion = async (): Promise<number> => (await production.getDeployment(ENDPOINT))!.revisions.at(-1)!.routes.find(r => r.role === 'champion')!.number
  const { own, other } = await notebook.once('rollback arranged', async () => {
    const own = await champion()
    return { own, other: (await production.listReleases(ENDPOINT)).findLast(r => r.number !== own)?.number ?? null }
  })
  if (other === null) return
  if (notebook.find('rollback') === undefined) {
    if (await isChallenging(platform)) await production.withdraw({ endpoint: ENDPOINT, actor })
    if (await champion() !== other) await production.deploy({ endpoint: ENDPOINT, release: other, actor })
    await proveRollbackOnce(parts)
  }
  if (await champion() !== own) await production.rollback({ endpoint: ENDPOINT, actor })
}
