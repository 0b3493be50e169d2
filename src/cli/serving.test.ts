import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { printConsole, printReady, type Serving } from './serving.ts'
import { openTerminal } from './terminal.ts'

it('the link that carries the token is for a terminal, and for nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-link-'))
  const token = join(folder, 'local.token')
  writeFileSync(token, 'slipway_local_abc\n')
  const printed = (isTTY: boolean): string => {
    let out = ''
    const terminal = openTerminal({ stdout: { write: (t: string) => { out += t }, isTTY }, stderr: { write: () => {} }, env: {} })
    printConsole({ url: 'http://127.0.0.1:4777', platform: { home: { paths: { token } } } } as unknown as Serving, { terminal })
    return out
  }
  expect(printed(true)).toContain('http://127.0.0.1:4777/#token=slipway_local_abc\n')
  expect(printed(false)).toBe('')
  rmSync(folder, { recursive: true })
})

it('says where gRPC is, only where it is', () => {
  const printed = (grpc?: string): string => {
    let out = ''
    printReady('Slipway', { url: 'http://127.0.0.1:4777', grpc }, { terminal: openTerminal({ stdout: { write: (t: string) => { out += t } }, stderr: { write: () => {} }, env: {} }) })
    return out
  }
  expect(printed()).toBe('Slipway is ready at http://127.0.0.1:4777\n')
  expect(printed('127.0.0.1:8001')).toBe('Slipway is ready at http://127.0.0.1:4777 and, for gRPC, at 127.0.0.1:8001\n')
})
