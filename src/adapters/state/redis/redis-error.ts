import { SlipwayError } from '../../../core/errors.ts'

/** What Redis answers, as codes of ours; `server` is its address without a password. */
export function redisError(error: unknown, server: string): SlipwayError {
  if (error instanceof SlipwayError) return error
  const { message = String(error), previousErrors = [] } = error as { message?: string; previousErrors?: Error[] }
  const text = (previousErrors[0]?.message ?? (message === '' ? (error as { code?: string }).code ?? 'no answer' : message)).replace(/\.$/, '')
  const wrong = (what: string, remedy: string): SlipwayError => new SlipwayError('invalid_config', `Redis at ${server} ${what}: ${text}.`, { cause: error, remedy })
  switch (/^[A-Z]+/.exec(text)?.[0]) {
    case 'OOM': return new SlipwayError('storage_full', `Redis at ${server} has no memory left (maxmemory): online state was not saved.`, { cause: error, remedy: 'Raise maxmemory there, or give online state a server of its own; saving goes on without a restart.' })
    case 'MISCONF': return new SlipwayError('storage_full', `Redis at ${server} cannot write its own files and takes no writes: online state was not saved.`, { cause: error, remedy: 'Look at its disk and its log; saving goes on without a restart.' })
    case 'NOAUTH': case 'WRONGPASS': case 'NOPERM': return wrong('does not let this user in', 'Correct user and password in features.stateUrl.')
    case 'READONLY': return wrong('takes no writes', 'Name the primary server in features.stateUrl.')
    case 'MOVED': case 'CROSSSLOT': return wrong('is a cluster', 'Name a server that is none in features.stateUrl.')
    default: return new SlipwayError('unreachable', `Redis at ${server}, where online state is kept, cannot be used: ${text}.`, { cause: error, remedy: 'Start it, or correct features.stateUrl.' })
  }
}
