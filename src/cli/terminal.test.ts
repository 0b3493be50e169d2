import { describe, expect, it } from 'vitest'
import { suggest } from '../core/nearest-name.ts'
import { alignRows, openTerminal } from './terminal.ts'

function open(env: Record<string, string>, isTTY: boolean): { text(): string; errors(): string; terminal: ReturnType<typeof openTerminal> } {
  let out = ''
  let err = ''
  return { text: () => out, errors: () => err, terminal: openTerminal({ stdout: { write: t => { out += t }, isTTY }, stderr: { write: t => { err += t }, isTTY, columns: 20 }, env }) }
}

describe('terminal', () => {
  it.each<[Record<string, string>, boolean, boolean]>([[{}, true, true], [{}, false, false], [{ NO_COLOR: '1' }, true, false], [{ TERM: 'dumb' }, true, false], [{ FORCE_COLOR: '1' }, false, true], [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false], [{ NO_COLOR: '' }, true, true]])(
    'with %j on a terminal %s has colour %s', (env, isTTY, colour) => {
      expect(open(env, isTTY).terminal.bold('x') !== 'x').toBe(colour)
    })

  it('shows progress on a terminal only, cut to its width, and takes it away', () => {
    const live = open({}, true)
    live.terminal.progress('a line that is much longer than the terminal')
    live.terminal.print('done')
    expect(live.errors()).toBe('\r\u001b[Ka line that is much\r\u001b[K')
    expect(live.text()).toBe('done\n')
    const piped = open({}, false)
    piped.terminal.progress('x')
    expect(piped.errors()).toBe('')
  })
})

it('aligns columns by what is visible', () => {
  expect(alignRows([['a', '1'], ['\u001b[1mlong\u001b[22m', '22']], { right: [1] })).toEqual(['a      1', '\u001b[1mlong\u001b[22m  22'])
})

it('suggests what is near, and nothing else', () => {
  const known = ['verify', 'trace', 'train']
  expect(suggest('verfiy', known)).toContain('verify')
  expect(suggest('trian', known)).toContain('train')
  expect(suggest('banana', known)).toBe('')
})
