// The short examples, each a component used alone: they run as they stand, and say what they should.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const COMPONENTS = ['data', 'intelligence', 'production', 'monitoring', 'metadata']

async function runNode(args: string[]): Promise<{ code: number | null; output: string; errors: string }> {
  const child = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const code = new Promise<number | null>(resolve => { child.once('close', resolve) })
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, output, errors }
}

const SAYS: Record<string, RegExp[]> = {
  data: [
    /^Training set [0-9a-f]{12}: 679 flights, 167 of them late$/m, /^Online state: 679 of 679 equal to the bit$/m,
    /^JFK in the last hour: 24 departures, 23\.42 minutes late$/m, /^One more, two hours late: 25 departures, 27\.28 minutes late$/m,
  ],
  intelligence: [
    /^late-arrival@1: trained on 19310 flights, measured on the 6517 after them$/m, /^Gate passed: AUC 0\.6\d+ against 0\.6\d+ of baseline:logistic/m, /^Approved by user:/m,
    /^A single stump: gate refused, AUC 0\.6\d\d against 0\.6\d\d$/m, /^Trained again: the same bytes, [0-9a-f]{12}$/m,
  ],
  production: [
    /^Deployed arrivals@000001 without a gate: fitted on January/m, /^956 predictions, in the journal up to 956; 896 of 955 were right$/m, /^Replay: 500 of 500 equal to the bit$/m,
    /^pred_\w+: 0\.\d{3}, and it was on time$/m, /^Rolled back from arrivals@000002 to arrivals@000001$/m,
  ],
  monitoring: [
    /^2013-03 {2}AUC 0\.688 \(0\.680 to 0\.695\) {2}Brier 0\.165 {2}28879 predictions, 27947 with truth$/m, /^18 weekly looks, 1 alerts$/m,
    /^2013-03-04 {2}AUC of thumb is 0\.628 .*limit 0\.66.*; now resolved$/m,
  ],
  metadata: [
    /^67 planes; a correction that started from the old state: conflict$/m, /^ {2}plane\.corrected by token:ada/m, /^Entry 1 is one of the 2 that slipway signed$/m, /is not in the log as it is here/,
    /^Verify: everything holds$/m, /^After one word was changed: ledger\/ledger\.log line 2:/m,
  ],
}

describe.each(COMPONENTS)('slipway/%s alone', component => {
  it('runs its example, which says what it should', async () => {
    const { code, output, errors } = await runNode([`examples/${component}/main.ts`])
    expect(code, `${output}\n${errors}`).toBe(0)
    for (const said of SAYS[component]) expect(output).toMatch(said)
  })

  it('loads no other component', async () => {
    const { code, output } = await runNode(['--input-type=module', '-e', `
      import { registerHooks } from 'node:module'
      const loaded = new Set()
      registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); loaded.add(found.url); return found } })
      await import('slipway/${component}')
      console.log(JSON.stringify([...loaded]))`])
    expect(code).toBe(0)
    const rooms = (JSON.parse(output) as string[]).flatMap(url => /\/src\/(\w+)\//.exec(url)?.[1] ?? [])
    // The ledger is what each of them stands on.
    expect(COMPONENTS.filter(c => rooms.includes(c))).toEqual(COMPONENTS.filter(c => c === component || c === 'metadata'))
    expect(rooms).not.toContain('http')
  })
})
