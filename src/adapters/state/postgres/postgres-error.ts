import { SlipwayError } from '../../../core/errors.ts'

/** What PostgreSQL answers, as codes of ours; `server` is its address without a password. */
export function postgresError(error: unknown, server: string): SlipwayError {
  if (error instanceof SlipwayError) return error
  const { code = '', message = String(error) } = error as { code?: string; message?: string }
  // An address with several numbers fails with an error for each.
  const text = message !== '' ? message : (error as { errors?: Error[] }).errors?.[0]?.message ?? code
  const wrong = (what: string, remedy: string): SlipwayError => new SlipwayError('invalid_config', `PostgreSQL at ${server} ${what}: ${text}.`, { cause: error, remedy })
  switch (code) {
    case '28P01': case '28000': return wrong('does not let this user in', 'Correct user and password in features.stateUrl.')
    case '3D000': return wrong('has no such database', 'Create the database, or correct its name in features.stateUrl.')
    case '42501': return wrong('does not allow what is needed', 'Grant CREATE on the database to this user, or have its schema made for it.')
    case '25006': return wrong('takes no writes', 'Name the primary server in features.stateUrl.')
    case '53100': return new SlipwayError('storage_full', `The disk of PostgreSQL at ${server} is full: online state was not saved.`, { cause: error, remedy: 'Free space there; saving goes on without a restart.' })
    // Two that write at once.
    case '23505': case '40001': case '40P01': return new SlipwayError('conflict', `Another process writes the online state of this home in PostgreSQL at ${server}.`, { cause: error })
    default: return new SlipwayError('unreachable', `PostgreSQL at ${server}, where online state is kept, cannot be used: ${text}.`, { cause: error, remedy: 'Start it, or correct features.stateUrl.' })
  }
}
