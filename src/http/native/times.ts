import { formatTime } from '../../core/time.ts'

/** Members that hold a time in microseconds, wherever a component answers. */
const TIMES = new Set(['eventTime', 'recordedAt', 'acceptedAt', 'knownAt', 'knownBy', 'labelsKnownBy', 'labelKnownAt', 'at', 'since', 'until', 'after', 'created', 'createdAt', 'updatedAt', 'startedAt', 'finishedAt', 'endedAt', 'holdoutFrom', 'from', 'to', 'now', 'watermark', 'oldestRead', 'openedAt', 'closedAt', 'resolvedAt', 'lastSeen', 'ends', 'evaluatedAt'])
/** Members whose names are the user's. */
const OPAQUE = new Set(['entities', 'request', 'params', 'values', 'entity', 'learner', 'baseline', 'body', 'examples'])

/** The same answer with ISO 8601 where it holds times. What a user has named is left alone, and so is any `{ path, from, to }` difference. */
export function withTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTimes)
  if (typeof value !== 'object' || value === null) return value
  const difference = 'path' in value && 'from' in value
  const out: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) {
    if (TIMES.has(name) && typeof member === 'number' && Number.isSafeInteger(member) && !difference) out[name] = formatTime(member)
    else if (OPAQUE.has(name) || difference || (name === 'features' && !Array.isArray(member))) out[name] = member
    else out[name] = withTimes(member)
  }
  return out
}
