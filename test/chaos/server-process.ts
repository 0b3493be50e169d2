// A Slipway process under test: started, watched, asked, killed.
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface ServerProcess {
  child: ChildProcess
  output(): string
  /** Resolves with the match; rejects with the output when the process ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  exited: Promise<number | null>
}

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Runs a TypeScript program of this repository, or (with `cli`) the launcher. */
export function startProcess(args: string[], env: Record<string, string> = {}): ServerProcess {
  return startCommand(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', ...args], { cwd: root, env: { ...process.env, ...env } })
}

/** Any command, anywhere. With `detached` it leads a process group, so that what it starts can be signalled too. */
export function startCommand(file: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv; detached?: boolean }): ServerProcess {
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const watchers = new Set<() => void>()
  const hear = (chunk: Buffer): void => { text += chunk.toString(); for (const w of watchers) w() }
  child.stdout!.on('data', hear)
  child.stderr!.on('data', hear)
  const exited = new Promise<number | null>(resolve => { child.once('close', code => { resolve(code); for (const w of watchers) w() }) })
  return {
    child, exited,
    output: () => text,
    until: pattern => new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(text)
        if (match) { watchers.delete(look); resolve(match) }
        else if (child.exitCode !== null || child.signalCode !== null) { watchers.delete(look); reject(new Error(`ended before ${pattern}:\n${text.slice(-4_000)}`)) }
      }
      watchers.add(look)
      look()
    }),
  }
}

/** Prints what holds; counts what does not. */
export class Findings {
  failed = 0
  passed = 0
  expect(holds: boolean, what: string): void {
    if (holds) this.passed++
    else this.failed++
    process.stdout.write(`${holds ? 'ok  ' : 'FAIL'}  ${what}\n`)
  }
  /** Ends the program: exit code 1 when something failed or nothing was looked at. */
  end(): void {
    process.stdout.write(`${this.passed} passed, ${this.failed} failed\n`)
    process.exitCode = this.failed > 0 || this.passed === 0 ? 1 : 0
  }
}
