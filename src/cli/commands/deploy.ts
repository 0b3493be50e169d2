import type { DeploymentChange, Release } from '../../production/index.ts'
import { SlipwayError } from '../../core/errors.ts'
import { wholeNumber } from '../arguments.ts'
import { command, DRY_RUN } from '../command.ts'
import { withConnection, type Connection } from '../connection.ts'
import { showDeployment } from '../show-deployment.ts'

/** slipway deploy */
export const deploy = command({
  name: 'deploy',
  description: 'Lets a release answer for an endpoint, all of it or a share; packages one of the newest approved version where there is none',
  args: {
    endpoint: { type: 'positional', description: 'The endpoint', required: true },
    release: { type: 'string', valueHint: 'N', description: 'The number of a release' },
    version: { type: 'string', valueHint: 'N', description: 'A model version (default: the newest)' },
    role: { type: 'string', valueHint: 'ROLE', description: 'champion: all the traffic (default); challenger: a share beside the champion' },
    share: { type: 'string', valueHint: 'SHARE', description: 'The challenger\'s part of the traffic, such as 0.5 (default: what the policy gives to a trial)' },
    ...DRY_RUN,
  },
  examples: ['slipway deploy flight-delay', 'slipway deploy flight-delay --release 2 --dry-run', 'slipway deploy flight-delay --release 2 --role challenger --share 0.5'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const number = wholeNumber(args.release, '--release', 1, 999_999)
    const version = wholeNumber(args.version, '--version', 1, 999_999)
    if (number !== undefined && version !== undefined) throw new SlipwayError('usage', 'A release has one version: give --release or --version.')
    const dryRun = args['dry-run'] === true
    const routing = { ...(args.role === undefined ? {} : { role: args.role }), ...(args.share === undefined ? {} : { share: readShare(args.share) }) }
    const release = number ?? await findRelease(connection, args.endpoint, version)
    if (release === null && dryRun) {
      if (args.json) t.print(JSON.stringify({ dryRun, endpoint: args.endpoint, release: null }))
      else t.print(`Would package ${version === undefined ? 'the newest version' : `version ${version}`} as a new release of ${args.endpoint}, and deploy it.`)
      return
    }
    const made = release ?? (await connection.call<{ release: Release }>('POST', '/api/v1/releases', { endpoint: args.endpoint, ...(version === undefined ? {} : { version }) })).release.number
    const change = await connection.call<DeploymentChange>('POST', `/api/v1/deployments/${encodeURIComponent(args.endpoint)}/deploy${dryRun ? '?dryRun=true' : ''}`, { release: made, ...routing })
    if (args.json) t.print(JSON.stringify(change))
    else showDeployment(change, t)
  }),
})

function readShare(text: string): number {
  const share = text.trim() === '' ? Number.NaN : Number(text)
  if (!(share > 0 && share <= 1)) throw new SlipwayError('usage', `--share is a part of the traffic between 0 and 1, such as 0.5, and is ${JSON.stringify(text)}.`)
  return share
}

/** The newest release of that version, so that deploying twice does not package twice. */
async function findRelease(connection: Connection, endpoint: string, version: number | undefined): Promise<number | null> {
  const { releases } = await connection.call<{ releases: Release[] }>('GET', `/api/v1/releases?endpoint=${encodeURIComponent(endpoint)}`)
  const { model } = await connection.call<{ model: string }>('GET', `/api/v1/endpoints/${encodeURIComponent(endpoint)}`)
  const wanted = version ?? (await connection.call<{ versions: { version: number }[] }>('GET', `/api/v1/models/${encodeURIComponent(model)}/versions`)).versions[0]?.version
  return releases.filter(r => r.modelVersion === wanted).at(-1)?.number ?? null
}
