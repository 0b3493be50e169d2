import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'
import { command, DRY_RUN } from '../command.ts'
import { withConnection } from '../connection.ts'
import { homeFolder, loadConfig } from '../settings.ts'

interface FeatureRepo { files: { name: string; text: string }[]; notes: string[] }

/** slipway export feast */
export const exportFeast = command({
  name: 'export feast',
  description: 'Writes a repository for Feast\'s stock client: entities, views with types, push sources, services',
  args: {
    out: { type: 'string', valueHint: 'DIR', default: 'feast', description: 'The folder to write feature_store.yaml and features.py into' },
    url: { type: 'string', valueHint: 'URL', description: 'Where clients reach the server (default: the one that runs, else the configured address)' },
    ...DRY_RUN,
  },
  examples: ['slipway export feast', 'slipway export feast --out repo --url http://features.internal:4777'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t, cwd, env } = context
    const { server } = loadConfig(homeFolder(args, context), env).config
    const url = args.url ?? connection.url ?? `http://${server.host}:${server.port}`
    const { files, notes } = await connection.call<FeatureRepo>('GET', `/api/v1/export/feast?url=${encodeURIComponent(url)}`)
    const dir = resolve(cwd, args.out)
    const paths = files.map(f => join(dir, f.name))
    if (args['dry-run'] !== true) try {
      mkdirSync(dir, { recursive: true })
      files.forEach((f, i) => { writeFileSync(paths[i], f.text) })
    } catch (cause) { throw new SlipwayError('invalid_request', `${dir} cannot be written: ${(cause as Error).message}`, { cause, remedy: 'Choose a folder that you may write to with --out DIR.' }) }
    if (args.json) { t.print(JSON.stringify({ dir, files: paths, url, notes, dryRun: args['dry-run'] === true })); return }
    for (const path of paths) t.print(`${args['dry-run'] === true ? 'would write' : t.good('✓')} ${path}`)
    for (const note of notes) t.print(`${t.dim('note')} ${note}`)
    t.print()
    t.print(t.dim(`pip install feast==0.67.0; then in ${args.out}: feast apply --skip-source-validation. Token: export SLIPWAY_TOKEN=$(cat HOME/local.token)`))
  }),
})
