import type { Aggregate } from '../../core/definition.ts'
import { SlipwayError, type Fault } from '../../core/errors.ts'
import { suggest } from '../../core/nearest-name.ts'
import type { ExplorationRequest } from '../../core/ports/exploration.ts'
import { parseDuration } from '../../core/time.ts'
import { GRID_AGGREGATES, OTHER_AGGREGATES } from './grid.ts'

const MOST_CANDIDATES = 5_000
const MOST_ROWS = 1_000_000
const FEWEST_ROWS = 100

/**
 * The windows from short to long and the aggregates from cheap to dear, each once.
 * @throws SlipwayError `invalid_request` with every fault.
 */
export function readGridWish(request: ExplorationRequest): { windows: string[]; aggregates: Aggregate[] } {
  const faults: Fault[] = []
  const whole = (name: 'most' | 'rows', least: number, most: number): void => {
    const n = request[name]
    if (!Number.isSafeInteger(n) || n < least || n > most) faults.push({ path: name, message: `must be a whole number from ${least} to ${most}, and is ${n}` })
  }
  whole('most', 1, MOST_CANDIDATES)
  whole('rows', FEWEST_ROWS, MOST_ROWS)
  if (!Number.isSafeInteger(request.seed)) faults.push({ path: 'seed', message: `must be a whole number, and is ${request.seed}` })
  if (!(request.early > 0 && request.early < 1)) faults.push({ path: 'early', message: `must be a share between 0 and 1, and is ${request.early}` })
  if (request.from !== undefined && request.to !== undefined && request.from >= request.to) faults.push({ path: 'from', message: 'must be before `to`' })
  if (request.windows.length === 0) faults.push({ path: 'windows', message: 'must name at least one window' })
  const lengths = new Map<number, string>()
  for (const [i, window] of request.windows.entries()) {
    const length = window === 'lifetime' ? Number.POSITIVE_INFINITY : parseDuration(window)
    if (length === null || length <= 0 || (length !== Number.POSITIVE_INFINITY && !Number.isSafeInteger(length))) faults.push({ path: `windows[${i}]`, message: `must be a duration such as '3h' or '7d', or 'lifetime', and is '${window}'` })
    else if (!lengths.has(length)) lengths.set(length, window)
  }
  const known: readonly Aggregate[] = [...GRID_AGGREGATES, ...OTHER_AGGREGATES]
  const aggregates: readonly Aggregate[] = request.aggregates ?? GRID_AGGREGATES
  if (aggregates.length === 0) faults.push({ path: 'aggregates', message: 'must name at least one aggregate' })
  for (const [i, a] of aggregates.entries()) if (!known.includes(a)) {
    faults.push({ path: `aggregates[${i}]`, message: a === 'lastN' ? `'lastN' gives a text of several values, which no learner reads; there are ${known.join(', ')}` : `'${a}' is no aggregate of the search; there are ${known.join(', ')}.${suggest(a, known)}` })
  }
  if (faults.length > 0) throw new SlipwayError('invalid_request', faults.map(f => `${f.path} ${f.message}`).join('; '), { faults })
  return { windows: [...lengths.keys()].sort((a, b) => a - b).map(l => lengths.get(l) as string), aggregates: known.filter(a => aggregates.includes(a)) }
}
