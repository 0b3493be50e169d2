// Where the home is, and how it is configured.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { resolveConfig, type Config, type ConfigInput, type Origin } from '../core/config.ts'
import { SlipwayError } from '../core/errors.ts'
import type { CommandContext } from './command.ts'

/** The absolute path of the home that a command means. */
export function homeFolder(args: { home?: string }, { env, cwd }: Pick<CommandContext, 'env' | 'cwd'>): string {
  return resolve(cwd, args.home || env.SLIPWAY_HOME || '.slipway')
}

/** True where something was kept already. */
export function isHome(dir: string): boolean { return existsSync(join(dir, 'slipway.db')) || existsSync(join(dir, 'journal')) }

/** @throws SlipwayError `not_found` when there is no home: a question must not make an empty one. */
export function requireHome(dir: string): void {
  if (!isHome(dir)) throw new SlipwayError('not_found', `There is no home at ${dir}.`, { remedy: 'Name another with --home, or make one: `slipway serve`, or `slipway apply` with a project file.' })
}

/** HOME/slipway.config.json, then SLIPWAY_SECTION__KEY, then flags. @throws SlipwayError `invalid_config` with every fault. */
export function loadConfig(home: string, env: Record<string, string | undefined>, flags: ConfigInput = {}): { config: Config; origins: Origin[] } {
  const path = join(home, 'slipway.config.json')
  let file: unknown
  if (existsSync(path)) {
    try { file = JSON.parse(readFileSync(path, 'utf8')) } catch (error) {
      throw new SlipwayError('invalid_config', `${path} is not JSON: ${(error as Error).message}`, { faults: [{ path, message: 'is not JSON' }] })
    }
  }
  return resolveConfig({ file, env, flags })
}
