// The product's words, said for people.
import { releaseName } from './format.ts'

const ROLE: Record<string, string> = { champion: 'champion', challenger: 'challenger', canary: 'canary', shadow: 'shadow' }
export function roleWords(role: string): string { return ROLE[role] ?? role }

const FALLBACK: Record<string, string> = { previous: 'the release before', rule: 'a rule', default: 'the default' }
/** What answered in the model's place. */
export function fallbackWords(kind: string): string { return FALLBACK[kind] ?? kind }

/** What an entry about a deployment did. */
export function actionWords(action: string, to: string | null): string {
  const release = to === null ? '' : ` ${releaseName(to)}`
  switch (action) {
    case 'deploy': case 'deployment.changed': return `deployed${release}`
    case 'promote': return `promoted${release}`
    case 'withdraw': return 'withdrew the challenger'
    case 'rollback': case 'deployment.rolledBack': return `rolled back to${release}`
    case 'undo': return `undid, back to${release}`
    default: return action.replace(/\./g, ' ').replace(/([A-Z])/g, c => ` ${c.toLowerCase()}`)
  }
}

/** `deployment.rolledBack` → `Deployment rolled back`. */
export function entryWords(action: string): string {
  const text = action.replace('trainingset', 'training set').replace(/\./g, ' ').replace(/([A-Z])/g, c => ` ${c.toLowerCase()}`)
  return text[0].toUpperCase() + text.slice(1)
}
