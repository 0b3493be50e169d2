import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ENDPOINT, GOOD_BODY, openSmallHome, type SmallHome } from '../../http/fixtures/small-home.ts'
import { main } from '../main.ts'

let folder: string
let home: SmallHome
let at: number
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-undo-'))
  home = await openSmallHome()
  const { platform } = home
  const event = (id: string, amount: number) => ({ values: { order_id: id, ordered_at: platform.clock.now(), shop: 'north', amount } })
  await platform.data.push('sales', [event('good', 5)])
  at = platform.journal.position
  await platform.data.push('sales', [event('bad', 999), event('worse', 9_999)])
  await platform.close()
})
afterAll(async () => { await home.remove(); rmSync(folder, { recursive: true, force: true }) })

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const code = await main([...argv, '--home', home.dir], { stdout: { write: (t: string) => { out += t } }, stderr: { write: (t: string) => { err += t } }, env: {}, cwd: folder })
  return { code, out, err }
}

it('shows first, asks for a reason and a yes, and goes back', async () => {
  const log = await run('data', 'log')
  expect(log.out).toMatch(new RegExp(`${at}–${at + 2} +push +sales +3`))
  expect(log.out).toMatch(/materialize +sales[\s\S]*derived +lateness-training[\s\S]*import +orders \w{12} +900 .*head/)
  const shown = await run('data', 'undo', '--push', String(at + 1), '--dry-run')
  expect(shown).toMatchObject({ code: 0, err: '' })
  expect(shown.out).toMatch(new RegExp(`All sources: back to position ${at}[\\s\\S]*- sales +2 pushed rows undone +positions ${at + 1} to ${at + 2}[\\s\\S]*read by endpoints: ${ENDPOINT}[\\s\\S]*A dry run`))
  expect(await run('data', 'undo', '--to', String(at))).toMatchObject({ code: 2, err: expect.stringContaining('--reason') as unknown })
  expect(await run('data', 'undo', '--to', String(at), '--reason', 'cents')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--yes') as unknown })
  expect(await run('data', 'undo', '--to', String(at), '--reason', 'cents', '--json')).toMatchObject({ code: 2, err: expect.stringContaining('nobody to ask') as unknown })
  const done = await run('data', 'undo', '--to', String(at), '--reason', 'cents', '--yes')
  expect(done).toMatchObject({ code: 0, err: '' })
  expect(done.out).toMatch(/✓ recorded as ledger entry \d+; `slipway data undo --to \d+` takes it back/)
  expect((await run('data', 'undo', '--to', String(at), '--reason', 'cents', '--yes')).out).toContain('nothing changes')
  expect((await run('data', 'log', '--limit', '2')).out).toMatch(new RegExp(`undo +all +back to ${at} .*cents\\n${at + 1}–${at + 2} +push +sales +2 .*undone`))
  const predicted = JSON.parse((await run('predict', ENDPOINT, '--data', JSON.stringify(GOOD_BODY), '--json')).out) as { output: number }
  expect(predicted.output).toBeLessThan(0.5)
  expect((await run('features', 'check')).out).toContain('0 differences')
  const again = JSON.parse((await run('data', 'undo', '--to', String(at + 2), '--source', 'sales', '--reason', 'they were right', '--yes', '--json')).out) as { again: unknown; ledger: number }
  expect(again).toMatchObject({ again: { rows: [{ rows: 2 }] }, ledger: expect.any(Number) as unknown })
})

it.each<[string[], RegExp]>([
  [['--to', '0'], /from 1 to \d+/], [['--to', '-3'], /from 1 to \d+/], [['--to', '99999'], /from 1 to \d+/], [['--to', 'x'], /--to must be a whole number/], [[], /one place/],
  [['--to', '1', '--source', 'sale'], /Did you mean "sales"/], [['--to', '1', '--datasets', 'order'], /Did you mean "orders"/], [['--before', 'noon'], /before/],
])('refuses %j', async (argv, text) => {
  expect(await run('data', 'undo', ...argv, '--reason', 'x', '--yes')).toMatchObject({ code: 2, out: '', err: expect.stringMatching(text) as unknown })
})
