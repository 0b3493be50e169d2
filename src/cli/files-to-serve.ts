// Model files named on the command line, or else in the configuration.
import { resolve } from 'node:path'
import type { Config, Origin } from '../core/config.ts'
import type { ModelFile } from '../production/index.ts'

/** Paths are absolute then; that of a text without `=` is empty, and the text is its name. */
export function filesToServe(flags: readonly string[], { config, origins, home, cwd }: { config: Config; origins: readonly Origin[]; home: string; cwd: string }): ModelFile[] {
  if (flags.length > 0) return flags.map(text => readPair(text, cwd))
  const base = origins.find(o => o.path === 'production.models')?.from === 'file' ? home : cwd
  return config.production.models.map(text => readPair(text, base))
}

function readPair(text: string, base: string): ModelFile {
  const at = text.indexOf('=')
  const path = at < 0 ? '' : text.slice(at + 1)
  return { name: at < 0 ? text : text.slice(0, at), path: path === '' ? '' : resolve(base, path) }
}
