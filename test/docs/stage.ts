// Where commands of a page run: a served home, `npx slipway` as this checkout's command, and the example ids replaced by real ones.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startCommand, startProcess, type Findings, type ServerProcess } from '../chaos/server-process.ts'
import type { Command } from './blocks.ts'
import { findMissing } from './form.ts'

export const root = fileURLToPath(new URL('../../', import.meta.url))

const LISTS: Record<string, [path: string, member: string]> = {
  pred: ['/predictions?limit=1', 'predictions'], run: ['/runs?limit=1', 'runs'], gate: ['/gates?limit=1', 'gates'], appr: ['/approvals?limit=1', 'approvals'],
  alrt: ['/alerts?limit=1', 'alerts'], inc: ['/incidents?limit=1', 'incidents'],
}

export class Stage {
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly #findings: Findings
  #server: ServerProcess | null = null
  #url = ''

  /** `work` is a folder for what the stage needs itself. */
  constructor(home: string, work: string, findings: Findings) {
    this.home = home
    this.#findings = findings
    const bin = join(work, 'bin')
    mkdirSync(bin, { recursive: true })
    writeFileSync(join(bin, 'npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(root, 'bin/slipway.js')}" "$@"\n`)
    chmodSync(join(bin, 'npx'), 0o755)
    this.env = { ...process.env, SLIPWAY_HOME: home, NO_COLOR: '1', PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter) }
  }

  async serve(): Promise<void> {
    this.#server = startProcess(['bin/slipway.js', 'serve', '--port', '0', '--grpc-port', '0', '--home', this.home])
    this.#url = (await this.#server.until(/Slipway is ready at (http:\/\/127\.0\.0\.1:\d+)/))[1]
  }

  async close(): Promise<void> {
    this.#server?.child.kill('SIGTERM')
    await this.#server?.exited
  }

  /** Runs a command or script and holds its output against what the page shows. */
  async play(command: Command, file = 'bash', flags = ['-ec']): Promise<void> {
    const p = startCommand(file, [...flags, await this.#fill(command.text)], { cwd: root, env: this.env })
    const code = await p.exited
    const missing = command.shown === null ? null : findMissing(command.shown, p.output())
    const holds = code === command.exit && missing === null
    this.#findings.expect(holds, `${command.place}  ${command.text.split('\n')[0].slice(0, 120)}`)
    if (holds) return
    if (code !== command.exit) process.stdout.write(`exit code ${code}, and the page says ${command.exit}\n`)
    if (missing !== null) process.stdout.write(`the page shows a line of another form: ${missing}\n`)
    process.stdout.write(`${p.output().slice(-4_000)}\n`)
  }

  /** Pages show the ids and the address of some home: here are those of this one. */
  async #fill(text: string): Promise<string> {
    let filled = text.replaceAll('http://127.0.0.1:4777', this.#url)
    for (const [example, prefix] of text.matchAll(/\b([a-z]{3,4})_[0-9a-z]{10,}\b/g)) {
      if (LISTS[prefix] === undefined) continue
      const [path, member] = LISTS[prefix]
      const token = readFileSync(join(this.home, 'local.token'), 'utf8').trim()
      const reply = await (await fetch(`${this.#url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })).json() as Record<string, { id: string }[]>
      const newest = reply[member]?.[0]?.id
      if (newest !== undefined) filled = filled.replaceAll(example, newest)
    }
    return filled
  }
}
