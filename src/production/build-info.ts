import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What computes besides the content: it is written into every release, so that a replay in ten years knows what to install. */
export interface BuildInfo {
  slipway: string
  node: string
  v8: string
  platform: string
  /** Package → version, and its integrity where a lock file stands beside. */
  dependencies: Record<string, { version: string; integrity?: string }>
}

interface Manifest { name?: string; version?: string; dependencies?: Record<string, string> }
interface Lock { packages?: Record<string, { version?: string; integrity?: string; dev?: boolean }> }

/** Reads package.json, and package-lock.json where there is one (a checkout), of the package that this file belongs to. */
export async function readBuildInfo(): Promise<BuildInfo> {
  const info: BuildInfo = { slipway: 'unknown', node: process.versions.node, v8: process.versions.v8, platform: `${process.platform}-${process.arch}`, dependencies: {} }
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const manifest = await readJson<Manifest>(join(folder, 'package.json'))
    if (manifest?.name === 'slipway') {
      info.slipway = manifest.version ?? 'unknown'
      const lock = await readJson<Lock>(join(folder, 'package-lock.json'))
      for (const [path, entry] of Object.entries(lock?.packages ?? {})) {
        if (path === '' || entry.dev || entry.version === undefined) continue
        info.dependencies[path.replace(/^node_modules\//, '')] = { version: entry.version, ...(entry.integrity === undefined ? {} : { integrity: entry.integrity }) }
      }
      if (lock === null) for (const [name, version] of Object.entries(manifest.dependencies ?? {})) info.dependencies[name] = { version }
      return info
    }
    if (folder === dirname(folder)) return info
  }
}

async function readJson<T>(path: string): Promise<T | null> {
  try { return JSON.parse(await readFile(path, 'utf8')) as T } catch { return null }
}
