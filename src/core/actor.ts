import { userInfo } from 'node:os'

/** Who did something. Never free text: the operating-system user, a token's principal, a named policy, or Slipway itself. */
export interface Actor {
  kind: 'user' | 'token' | 'policy' | 'system' | 'anonymous'
  name: string
}

export type Role = 'viewer' | 'scientist' | 'approver' | 'admin' | 'auditor'

/** Asked of the system once: it takes longer than a whole push. */
let localName: string | undefined

/** The operating-system user of this process. */
export function localActor(): Actor {
  if (localName === undefined) try { localName = userInfo().username } catch { localName = `uid-${process.getuid?.() ?? 'unknown'}` }
  return { kind: 'user', name: localName }
}

/** `user:ada`, as shown in CLI, console and ledger. */
export function formatActor(actor: Actor): string { return `${actor.kind}:${actor.name}` }
