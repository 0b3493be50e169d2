// Pipes that end before the program does.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const launcher = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'slipway-outputs-'))
afterAll(() => { rmSync(dir, { recursive: true, force: true }) })

/** The launcher with a reader of stdout that goes at once; `stdout` in its place is a file that it writes to. */
function launch(args: string[], stdout: 'gone' | number): Promise<{ code: number | null; err: string }> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', stdout === 'gone' ? 'pipe' : stdout, 'pipe'] })
    child.stdout?.destroy()
    let err = ''
    child.stderr?.on('data', (c: Buffer) => { err += c.toString() })
    child.once('close', code => { resolve({ code, err }) })
  })
}

describe('a reader that has gone', () => {
  it.each([['--help'], ['config explain'], ['config explain --json']])('ends %s quietly', async line => {
    expect(await launch([...line.split(' '), ...(line === '--help' ? [] : ['--home', dir])], 'gone')).toEqual({ code: 0, err: '' })
  })

  it('keeps the exit code and the words of a failure', async () => {
    const { code, err } = await launch(['verify', '--home', join(dir, 'none'), '--json'], 'gone')
    expect([code, err]).toEqual([2, expect.stringMatching(/^✗ There is no home at [^\n]+\n→ [^\n]+\n$/)])
  })
})

it.runIf(existsSync('/dev/full'))('says that its result could not be written', async () => {
  const { code, err } = await launch(['config', 'explain', '--home', dir], openSync('/dev/full', 'w'))
  expect([code, err]).toEqual([1, expect.stringMatching(/^✗ The output could not be written: ENOSPC[^\n]+\n$/)])
})

it('does not end with 0 when a project file waits for ever', async () => {
  writeFileSync(join(dir, 'slipway.ts'), 'await new Promise(() => {})\nexport default {}\n')
  const { code, err } = await launch(['plan', '--project', dir, '--home', join(dir, 'home')], 'gone')
  expect([code, err]).toEqual([1, expect.stringMatching(/^✗ It ended before it was done/)])
})
