// Power loss, simulated: kill -9, then every journal file is cut to what was last synced. What was acknowledged must survive; with sync off
// the same checker must find a loss, else it proves nothing.
import { mkdtempSync, readFileSync, rmSync, truncateSync, existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, basename } from 'node:path'
import { systemClock } from '../../src/core/clock.ts'
import { openLog } from '../../src/core/log.ts'
import { openJournal } from '../../src/store/index.ts'
import { Findings, startProcess } from './server-process.ts'

const findings = new Findings()

/** Returns how many acknowledged rows there were, and how many of them are gone after the cut. */
async function lose(sync: 'group' | 'off', round: number): Promise<{ acknowledged: number; lost: number }> {
  const dir = mkdtempSync(join(tmpdir(), 'slipway-power-'))
  const trace = join(dir, 'synced.txt')
  try {
    const run = startProcess(['test/chaos/append-forever.ts', dir, sync], { SLIPWAY_SYNC_TRACE: trace })
    await run.until(/acknowledged \d{3,}/)
    await new Promise(resolve => { setTimeout(resolve, 100 + 90 * round) })
    run.child.kill('SIGKILL')
    await run.exited
    const acknowledged = Math.max(...[...run.output().matchAll(/acknowledged (\d+)\n/g)].map(m => Number(m[1])))
    const synced = new Map<string, number>()
    for (const line of existsSync(trace) ? readFileSync(trace, 'utf8').split('\n') : []) {
      const m = /^(.*) (\d+)$/.exec(line)
      if (m) synced.set(basename(m[1]), Number(m[2]))
    }
    const folder = join(dir, 'journal')
    for (const file of readdirSync(folder)) if (file !== 'quarantine') truncateSync(join(folder, file), synced.get(file) ?? 0)
    const journal = await openJournal({ dir: folder, segmentsDir: join(dir, 'segments'), sync: 'group', segmentRows: 10_000_000, segmentSeconds: 86_400, pendingBytes: 1 << 26, clock: systemClock, log: openLog({ level: 'silent' }) })
    const found = new Set<number>()
    for await (const batch of journal.read()) for (let i = 0; i < batch.table.rows; i++) found.add(batch.first + i)
    await journal.close()
    let lost = 0
    for (let s = 1; s <= acknowledged; s++) if (!found.has(s)) lost++
    return { acknowledged, lost }
  } finally { rmSync(dir, { recursive: true, force: true }) }
}

let caught = 0
for (let round = 0; round < 5; round++) {
  const kept = await lose('group', round)
  findings.expect(kept.acknowledged > 100 && kept.lost === 0, `sync: ${kept.lost} of ${kept.acknowledged} acknowledged rows lost`)
}
for (let round = 0; round < 3; round++) {
  const control = await lose('off', round)
  if (control.acknowledged > 100 && control.lost > 0) caught++
  process.stdout.write(`      control without sync: ${control.lost} of ${control.acknowledged} acknowledged rows lost\n`)
}
findings.expect(caught === 3, `the control without sync is caught, ${caught} of 3 times`)
findings.end()
