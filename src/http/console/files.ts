// The files of the built console, read once: only what is in this list can be asked for.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface ConsoleFile {
  type: string
  /** Whether its name changes with its content. */
  hashed: boolean
  etag: string
  bytes: Buffer
  gzip: Buffer | null
  brotli: Buffer | null
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml',
}

/** Beside `src/` in a checkout, beside `dist/` in a package. */
export const CONSOLE_FOLDER = fileURLToPath(new URL('../../../console/dist', import.meta.url))

/** `index.html` and `assets/NAME`, by path; null where the console is not built. */
export function readConsole(folder = CONSOLE_FOLDER): ReadonlyMap<string, ConsoleFile> | null {
  const files = new Map<string, ConsoleFile>()
  const names = (path: string): string[] => { try { return readdirSync(join(folder, path)) } catch { return [] } }
  for (const path of ['index.html', ...names('assets').map(name => `assets/${name}`)]) {
    const type = TYPES[extname(path)]
    const bytes = type === undefined ? null : readOrNull(join(folder, path))
    if (bytes === null) continue
    files.set(path, {
      type, bytes, hashed: /-[\w-]{8}\.\w+$/.test(path), etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
      gzip: readOrNull(join(folder, `${path}.gz`)), brotli: readOrNull(join(folder, `${path}.br`)),
    })
  }
  return files.has('index.html') ? files : null
}

function readOrNull(path: string): Buffer | null {
  try { return readFileSync(path) } catch { return null }
}
