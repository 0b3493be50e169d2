import type { ModelVersion } from '../api/types.ts'
import { Chip } from './refs.tsx'

/** How far a version has come. */
export function VersionState({ version: { gate, approval } }: { version: ModelVersion }) {
  if (approval !== null) return approval.approved ? <Chip tone="good">approved</Chip> : <Chip tone="bad" sign="×">refused by {approval.actor}</Chip>
  if (gate === null) return <Chip>not judged yet</Chip>
  return gate.passed ? <Chip tone="wait">passed, waits for approval</Chip> : <Chip tone="bad">gate refused it</Chip>
}
