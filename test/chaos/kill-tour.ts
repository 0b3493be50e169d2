// kill -9 at random moments of a shortened tour, again and again, then to the end: nothing acknowledged is lost or doubled, the ledger verifies.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { columnOf, getValue } from '../../src/core/table.ts'
import { verifyHome } from '../../src/metadata/index.ts'
import { openPlatform } from '../../src/platform.ts'
import { Findings, startProcess } from './server-process.ts'
import { openDuckdb } from '../../src/adapters/engines/duckdb/index.ts'

/** Each start is killed soon after it has said one of these, in the order in which a tour says them. */
const MOMENTS = [
  /ready/, /\.\. training on|\.\. judging/, /Production/, /\.\. life/, /ready/, /\.\. life/, /\.\. life/, /Drill/, /\.\. monitoring: 2013-09-18 19/, /\.\. life: 2013-09-2/, /\.\. training on 2013-08-26/,
  /\.\. judging late-arrival@2/, /\.\. training on 2013-07-15/, /\.\. judging late-arrival@3/, /Trial:/, /\.\. life: 2013-09-2[3456]/, /Life:/, /\.\. proof: replaying/, /\.\. proof: recomputing/,
]
/** Before it, a moment comes at every start; from it on, once in a tour. */
const FIRST_OF_LATER = 7
const KILLS = Number(process.env.SLIPWAY_KILLS ?? MOMENTS.length)
const seed = Number(process.env.SLIPWAY_SEED ?? Date.now() % 1_000_000)
process.stdout.write(`${KILLS} kills, SLIPWAY_SEED=${seed}\n`)
let state = seed
const random = (): number => { state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; return state / 2 ** 32 }

const home = mkdtempSync(join(tmpdir(), 'slipway-kill-'))
const acknowledged = join(home, 'acknowledged.txt')
const findings = new Findings()
const engine = await openDuckdb({ memory: '1GB', threads: 1 })
const readAcknowledged = (): string[] => (existsSync(acknowledged) ? readFileSync(acknowledged, 'utf8').split('\n').filter(Boolean) : [])
try {
  let during = 0
  for (let k = 0; k < KILLS; k++) {
    const run = startProcess(['test/chaos/short-tour.ts', home, acknowledged])
    // A start that has passed its moment already is killed at the next that it comes to.
    const moment = k < FIRST_OF_LATER ? MOMENTS[k] : new RegExp(MOMENTS.slice(Math.min(k, MOMENTS.length - 1)).map(m => m.source).join('|'))
    try { await run.until(moment) } catch (error) {
      if (/tour complete/.test(run.output())) break
      throw error
    }
    // The first falls into registration or training; a moment later is within the step, or between it and the next.
    await new Promise(resolve => { setTimeout(resolve, random() * (k === 0 ? 3_000 : 400)) })
    if (run.child.exitCode === null) { run.child.kill('SIGKILL'); during++ }
    await run.exited
    const report = await verifyHome(home, { engine })
    const torn = report.problems.filter(p => !/torn|tail/i.test(p.what))
    process.stdout.write(`kill ${k + 1} after ${MOMENTS[Math.min(k, MOMENTS.length - 1)].source}: ${readAcknowledged().length} acknowledged; verify: ${report.ok ? 'sound' : report.problems.map(p => `${p.place}: ${p.what}`).join('; ')}\n`)
    if (torn.length > 0) findings.expect(false, `kill ${k + 1} left ${torn[0].place}: ${torn[0].what}`)
  }
  findings.expect(during >= Math.min(KILLS, 12), `${during} kills fell into a running tour`)
  const last = startProcess(['test/chaos/short-tour.ts', home, acknowledged])
  const code = await last.exited
  findings.expect(code === 0 && /tour complete/.test(last.output()), 'the tour ends after all')
  if (code !== 0) process.stdout.write(last.output().slice(-4_000))
  process.stdout.write(`${last.output().split('\n').filter(l => l !== '' && !l.startsWith('..') && !l.startsWith('summary')).join('\n')}\n`)

  const platform = await openPlatform({ home })
  const journaled = new Map<string, number>()
  for await (const { table } of platform.journal.read({ streams: ['prediction/flight-delay/'] })) {
    const keys = columnOf(table, 'idempotencyKey')!
    for (let i = 0; i < table.rows; i++) journaled.set(String(getValue(keys, i)), (journaled.get(String(getValue(keys, i))) ?? 0) + 1)
  }
  const acks = new Set(readAcknowledged())
  const lost = [...acks].filter(f => !journaled.has(f))
  const doubled = [...journaled].filter(([, n]) => n > 1)
  findings.expect(acks.size > 1_000 && lost.length === 0, `none of ${acks.size} acknowledged predictions is lost${lost.length > 0 ? `: ${lost.slice(0, 3).join(', ')}` : ''}`)
  findings.expect(journaled.size > 1_000 && doubled.length === 0, `none of ${journaled.size} predictions is doubled${doubled.length > 0 ? `: ${doubled.slice(0, 3).map(d => d.join('×')).join(', ')}` : ''}`)
  const check = await platform.checkFeatures({ endpoint: 'flight-delay' })
  findings.expect(check.compared > 1_000 && check.different === 0, `${check.compared} feature values recomputed, ${check.different} different, across all restarts`)
  const verified = await platform.metadata.verify()
  findings.expect(verified.ok, `the home verifies${verified.ok ? '' : `: ${verified.problems[0].place} ${verified.problems[0].what}`}`)
  await platform.close()
} finally {
  await engine.close()
  if (findings.failed === 0) rmSync(home, { recursive: true, force: true })
  else process.stdout.write(`the home is kept: ${home}\n`)
}
findings.end()
