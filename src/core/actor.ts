import { userInfo } from 'node:os'

/** Who did something. Never free text: the operating-system user, a token's principal, a named policy, or Slipway itself. */
export interface Actor {
  kind: 'user' | 'token' | 'policy' | 'system' | 'anonymous'
  name: string
}

export type Role = 'viewer' | 'scientist' | 'approver' | 'admin' | 'auditor'

/** The operating-system user of this process. */
export function localActor(): Actor {
  let name: string
  try { name = userInfo().username } catch { name = `uid-${process.getuid?.() ?? 'unknown'}` }
  return { kind: 'user', name }
}

/** `user:ada`, as shown in CLI, console and ledger. */
export function formatActor(actor: Actor): string { return `${actor.kind}:${actor.name}` }
