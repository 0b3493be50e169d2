import { formatActor, type Actor } from '../core/actor.ts'
import { SlipwayError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import type { IntelligenceParts } from './parts.ts'
import { versionId, type Approval, type VersionDocument } from './records.ts'
import { readGate, readModel, readRun, readVersion } from './registry.ts'

export interface ApprovalRequest {
  model: string
  /** Null is the newest. */
  version: number | null
  actor: Actor
  approved: boolean
  /** Needed to reject. */
  reason: string
  /** Checks everything, and gives the decision that would be recorded. */
  dryRun?: boolean
}

/**
 * A person's yes or no to a version whose gate passed. Whether the person may is for the caller to check by role; four eyes are checked here.
 * @throws SlipwayError `forbidden` for anyone who is no person, or trained the candidate under four eyes; `gate_refused` without a passed gate;
 * `conflict` when it was decided otherwise (the same decision again returns the first).
 */
export async function approveVersion(parts: IntelligenceParts, request: ApprovalRequest): Promise<Approval> {
  const { actor } = request
  if (actor.kind !== 'user' && actor.kind !== 'token') throw new SlipwayError('forbidden', `An approval needs a person, and ${formatActor(actor)} is none.`, { remedy: 'Sign in, or send a token.' })
  if (!request.approved && request.reason.trim() === '') throw new SlipwayError('invalid_request', 'A rejection needs a reason.', { faults: [{ path: 'reason', message: 'must not be empty' }] })
  const { evaluation } = await readModel(parts.metadata, request.model)
  const fourEyes = 'role' in evaluation.approval && evaluation.approval.fourEyes === true
  return decide(parts, request, runActor => {
    if (fourEyes && runActor === formatActor(actor)) throw new SlipwayError('forbidden', `${runActor} trained this candidate, and the policy of ${request.model} asks for a second person.`)
  })
}

/**
 * The named policy of the model approves what passed its gate.
 * @throws SlipwayError `approval_required` when the model names no policy; `gate_refused`, `conflict` as for a person.
 */
export async function approveByPolicy(parts: IntelligenceParts, request: { model: string; version: number | null }): Promise<Approval> {
  const { evaluation: { approval } } = await readModel(parts.metadata, request.model)
  if (!('policy' in approval)) throw new SlipwayError('approval_required', `The evaluation policy of ${request.model} asks a person to approve.`)
  const actor: Actor = { kind: 'policy', name: approval.policy }
  return decide(parts, { ...request, actor, approved: true, reason: `The policy ${approval.policy} approves what passed its gate.` }, () => {})
}

async function decide(parts: IntelligenceParts, request: ApprovalRequest, check: (runActor: string) => void): Promise<Approval> {
  const { metadata, clock } = parts
  const { body, revision } = await readVersion(metadata, request.model, request.version)
  const { version, contentDigest } = body
  if (body.approval !== null) return repeatDecision((await metadata.get<Approval>('approval', body.approval))!.body, request.approved)
  const gate = body.gate === null ? null : await readGate(metadata, body.gate)
  if (gate === null) throw new SlipwayError('gate_refused', `${request.model}@${version} has not been judged. Run its gate first.`)
  if (!gate.passed) throw new SlipwayError('gate_refused', `${request.model}@${version} did not pass its gate ${gate.id}: ${gate.reason}`)
  check((await readRun(metadata, body.run)).actor)
  const id = newId('appr')
  const approval: Approval = {
    id, model: request.model, version, contentDigest, gate: gate.id, actor: formatActor(request.actor),
    approved: request.approved, reason: request.reason.trim(), at: clock.now(),
  }
  if (request.dryRun === true) return approval
  await metadata.change({
    actor: request.actor, action: request.approved ? 'approval.granted' : 'approval.rejected', subject: `approval/${id}`,
    details: { model: request.model, version, contentDigest, gate: gate.id, reason: approval.reason },
  }, async tx => {
    await tx.put('approval', id, approval, { revision: 0 })
    // The revision holds gate and decision together: if either came in between, this is a conflict.
    await tx.put<VersionDocument>('modelVersion', versionId(request.model, version), { ...body, approval: id }, { revision })
  })
  return approval
}

function repeatDecision(earlier: Approval, approved: boolean): Approval {
  if (earlier.approved === approved) return earlier
  throw new SlipwayError('conflict', `${earlier.model}@${earlier.version} was ${earlier.approved ? 'approved' : 'rejected'} by ${earlier.actor}: ${earlier.reason || 'no reason given'}. Train a new candidate.`)
}
