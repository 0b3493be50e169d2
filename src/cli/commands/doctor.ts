import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'
import { assertRuntime } from '../../core/runtime.ts'
import { VERSION } from '../../http/index.ts'
import { openHome } from '../../platform.ts'
import { command, type CommandContext } from '../command.ts'
import { COMPONENTS } from '../../core/components.ts'
import { readProcess, runsInProcesses } from '../../processes/index.ts'
import { connect, findServer } from '../connection.ts'
import { homeFolder, isHome, loadConfig } from '../settings.ts'

interface Finding { check: string; ok: boolean; detail: string; remedy?: string }

const LITTLE_SPACE = 1 << 30

/** slipway doctor */
export const doctor = command({
  name: 'doctor',
  description: 'Looks for what could be wrong here: Node, packages, configuration, home, disk, server',
  examples: ['slipway doctor', 'slipway doctor --home /var/lib/slipway --json'],
  async run(args, context) {
    const { terminal: t } = context
    const home = homeFolder(args, context)
    const findings: Finding[] = []
    const look = async (check: string, work: () => Promise<string> | string): Promise<void> => {
      try { findings.push({ check, ok: true, detail: await work() }) } catch (error) {
        findings.push({ check, ok: false, detail: (error as Error).message, remedy: error instanceof SlipwayError ? error.remedy : undefined })
      }
    }
    await look('node', () => { assertRuntime(); return `${process.versions.node} (24 or newer is needed)` })
    await look('slipway', () => VERSION)
    await look('configuration', () => {
      const { origins } = loadConfig(home, context.env)
      const set = origins.filter(o => o.from !== 'default')
      return set.length === 0 ? 'all defaults' : set.map(o => `${o.path}=${String(o.value)} (${o.from})`).join(', ')
    })
    await look('disk', () => checkDisk(home))
    if (!isHome(home)) findings.push({ check: 'home', ok: true, detail: `none at ${home} yet` })
    else {
      await look('home', () => checkHome(home))
      await look('server', () => checkServer(home, args, context))
    }
    t.settle()
    const ok = findings.every(f => f.ok)
    if (args.json) t.print(JSON.stringify({ ok, home, findings }))
    else for (const f of findings) {
      t.print(`${f.ok ? t.good('✓') : t.bad('✗')} ${f.check.padEnd(18)} ${f.detail}`)
      if (f.remedy !== undefined) t.print(`  ${' '.repeat(18)} ${t.dim('→')} ${f.remedy}`)
    }
    return ok ? 0 : 1
  },
})

async function checkDisk(home: string): Promise<string> {
  let folder = home
  while (!existsSync(folder)) folder = dirname(folder)
  accessSync(folder, constants.W_OK)
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const shown = `${(free / (1 << 30)).toFixed(1)} GB free under ${folder}`
  if (free < LITTLE_SPACE) throw new SlipwayError('storage_full', `Only ${shown}.`, { remedy: 'Free space before the disk is full: writes are refused then.' })
  return shown
}

function checkHome(home: string): string {
  const loose = process.platform !== 'win32' ? ['keys', 'local.token'].map(n => `${home}/${n}`).filter(p => existsSync(p) && (statSync(p).mode & 0o077) !== 0) : []
  if (loose.length > 0) throw new SlipwayError('forbidden', `Others can read ${loose.join(' and ')}.`, { remedy: `chmod go-rwx ${loose.join(' ')}` })
  return home
}

async function checkServer(home: string, args: { home?: string }, context: CommandContext): Promise<string> {
  const server = await findServer(home)
  if (server === null && runsInProcesses(home)) return describeProcesses(home)
  if (server === null) {
    // Whoever owns it without a server is another command, or a server that hangs.
    openHome(home).close()
    return 'none runs; commands open the home themselves'
  }
  const connection = await connect(args, context)
  try {
    const { version, you } = await connection.call<{ version: string; you: { actor: string; role: string } }>('GET', '/api/v1/status')
    if (version !== VERSION) throw new SlipwayError('conflict', `The server at ${server.url} is version ${version}, and this is ${VERSION}.`, { remedy: 'Restart it.' })
    return `${server.url} (process ${server.pid}), you are ${you.actor} (${you.role})`
  } finally { await connection.close() }
}

/** Which of the five run, where each component has a process of its own. */
function describeProcesses(home: string): string {
  const found = COMPONENTS.map(component => ({ component, entry: readProcess({ processes: join(home, 'processes') }, component) }))
  const missing = found.filter(f => f.entry === null).map(f => f.component)
  if (missing.length > 0) throw new SlipwayError('unreachable', `The components run in processes of their own, and ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not among them.`, { remedy: missing.map(component => `slipway serve --only ${component}`).join('; ') })
  return found.map(({ component, entry }) => `${component} ${entry?.url} (process ${entry?.pid})`).join(', ')
}
