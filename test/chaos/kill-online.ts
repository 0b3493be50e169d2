// kill -9 of a server that takes pushes: in the middle of them, of a materialization, of a save and of a start. After each: what was acknowledged is in online
// state, nothing counts twice, no older event stands over a newer one, and a home without any kept state answers the same. Two checkers that must fail do.
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '../../src/core/seeded-random.ts'
import { openEngine } from '../../src/platform.ts'
import { askServer, openHere } from './online/ask.ts'
import { Clients } from './online/clients.ts'
import { SentHistory } from './online/history.ts'
import { makeHome, READINGS, readingTime, SENSORS } from './online/project.ts'
import { Findings, startProcess, type ServerProcess } from './server-process.ts'

const MOMENTS = ['pushes', 'save', 'materialization', 'start', 'save', 'pushes'] as const
const KILLS = Number(process.env.SLIPWAY_KILLS ?? 24)
const CLIENTS = 6
const seed = Number(process.env.SLIPWAY_SEED ?? Date.now() % 1_000_000)
process.stdout.write(`${KILLS} kills, SLIPWAY_SEED=${seed}\n`)
const random = seededRandom(seed)
const sleep = (ms: number): Promise<void> => new Promise(resolve => { setTimeout(resolve, ms) })

const folder = mkdtempSync(join(tmpdir(), 'slipway-kill-online-'))
const findings = new Findings()
const engine = await openEngine({ engine: { memory: '1GB', threads: 1 } })

interface Running { process: ServerProcess; url: string; token: string; startedIn: number }

async function start(home: string, program: string[]): Promise<Running> {
  const began = performance.now()
  const process = startProcess(program)
  const url = (await process.until(/Slipway is ready at (http\S+)/))[1]
  return { process, url, token: readFileSync(join(home, 'local.token'), 'utf8').trim(), startedIn: performance.now() - began }
}

async function kill(process: ServerProcess): Promise<void> {
  if (process.child.exitCode === null) process.child.kill('SIGKILL')
  await process.exited
}

/** Small segments, so that state is saved every second. */
function configure(home: string): void { writeFileSync(join(home, 'slipway.config.json'), JSON.stringify({ journal: { segmentRows: 400, segmentSeconds: 1 }, log: { level: 'warn' } })) }

/** The next write to the file in which state is kept, or `most` ms. */
async function untilSaved(home: string, most: number): Promise<boolean> {
  const look = (): string => ['features.db', 'features.db-wal'].map(name => { const s = statSync(join(home, 'state', name), { throwIfNoEntry: false }); return `${s?.size} ${s?.mtimeMs}` }).join()
  const before = look()
  for (const began = performance.now(); performance.now() - began < most; await sleep(1)) if (look() !== before) return true
  return false
}

/** The home as the kill left it; `whole`: with its kept state. */
function copyHome(home: string, name: string, whole: boolean): string {
  const copy = join(folder, name)
  rmSync(copy, { recursive: true, force: true })
  cpSync(home, copy, { recursive: true })
  if (!whole) rmSync(join(copy, 'state'), { recursive: true, force: true })
  return copy
}

/** The same checks on a home that is opened here; `forgetful`: nothing but its kept state is looked at. */
async function checkHere(home: string, history: SentHistory, forgetful: boolean): Promise<{ faults: string[]; checked: number }> {
  const here = await openHere(home, forgetful)
  try { return await history.check(here.ask, false) } finally { await here.close() }
}

async function killAgainAndAgain(): Promise<void> {
  const home = join(folder, 'home')
  const now = Date.now() * 1_000
  await makeHome(home, folder, engine, now)
  configure(home)
  const program = ['bin/slipway.js', 'serve', '--home', home, '--port', '0']
  const history = new SentHistory()
  const clients = new Clients(history, random, now)
  let running = await start(home, program)
  const fell = { pushes: 0, save: 0, materialization: 0, start: 0 }
  let forgotten = 0
  let unsaved = 0
  for (let k = 0; k < KILLS; k++) {
    const moment = MOMENTS[k % MOMENTS.length]
    clients.start(running.url, running.token, CLIENTS)
    await sleep(200 + random() * 500)
    let asked: Promise<number> | null = null
    if (moment === 'materialization') {
      const upTo = Math.min(READINGS, history.materialized + Math.ceil(READINGS / 5 / SENSORS) * SENSORS)
      history.materializing = upTo
      asked = fetch(`${running.url}/api/v1/features/materialize`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${running.token}` }, body: JSON.stringify({ source: 'readings', upTo: readingTime(now, upTo - 1) }) }).then(r => r.status, () => 0)
      asked = asked.then(status => { if (status === 200) history.materialized = upTo; return status })
      await Promise.race([asked, sleep(random() * 1_500)])
    } else if (moment === 'save') {
      if (await untilSaved(home, 5_000)) fell.save++
      await sleep(random() * 8)
    }
    if (running.process.child.exitCode !== null) findings.expect(false, `the server ended by itself: ${running.process.output().slice(-2_000)}`)
    await kill(running.process)
    if (moment === 'pushes') fell.pushes++
    if (await asked === 0) fell.materialization++
    await clients.stop()
    if (moment === 'start') {
      const again = startProcess(program)
      await Promise.race([again.exited, sleep(random() * running.startedIn)])
      if (!/is ready/.test(again.output())) fell.start++
      await kill(again)
    }
    if (/made anew/.test(running.process.output())) findings.expect(false, `kept state was refused: ${running.process.output().slice(-2_000)}`)
    const [whole, bare] = [copyHome(home, 'whole', true), copyHome(home, 'bare', false)]
    const control = await checkHere(whole, history, true)
    if (control.faults.length > 0) forgotten++
    else unsaved++
    running = await start(home, program)
    const { faults, checked } = await history.check(askServer(running.url), true)
    for (const text of faults) findings.expect(false, `kill ${k + 1}: ${text}`)
    const anew = await checkHere(bare, history, false)
    for (const text of anew.faults) findings.expect(false, `kill ${k + 1}, made anew from the journal: ${text}`)
    process.stdout.write(`kill ${k + 1} during ${moment}: ${history.acknowledged} rows acknowledged, ${checked} answers as they must be, ${anew.checked} anew; started in ${Math.round(running.startedIn)} ms; ${history.materialized} readings\n`)
  }
  clients.start(running.url, running.token, CLIENTS)
  await sleep(300)
  running.process.child.kill('SIGTERM')
  const code = await running.process.exited
  await clients.stop()
  findings.expect(code === 0, `a last stop in good order ends with ${code}`)
  const last = await start(home, program)
  const { faults, checked } = await history.check(askServer(last.url), true)
  findings.expect(faults.length === 0, `after it ${checked} answers are as they must be${faults.length > 0 ? `: ${faults[0]}` : ''}`)
  await kill(last.process)
  const elsewhere = clients.refused.filter(text => !text.startsWith('503'))
  findings.expect(elsewhere.length === 0, `no push was refused${elsewhere.length > 0 ? `: ${elsewhere[0]}` : ''}`)
  findings.expect(history.acknowledged > KILLS * 100 && clients.repeated > 0, `${history.acknowledged} rows were acknowledged, ${clients.repeated} requests sent again after a kill`)
  findings.expect(fell.pushes > 0 && fell.save > 0 && fell.materialization > 0 && fell.start > 0, `kills fell into ${Object.entries(fell).map(([what, n]) => `${what} ${n}`).join(', ')}`)
  findings.expect(forgotten > KILLS / 2, `the control that takes kept state without the journal after it is caught after ${forgotten} of ${forgotten + unsaved} kills`)
}

/** A server that acknowledges too early must be caught. */
async function catchEarlyAcknowledgements(): Promise<void> {
  for (let round = 0; round < 20; round++) {
    const home = join(folder, `early-${round}`)
    const now = Date.now() * 1_000
    await makeHome(home, folder, engine, now)
    const history = new SentHistory()
    const clients = new Clients(history, random, now)
    const running = await start(home, ['test/chaos/early-acknowledgements.ts', home])
    clients.start(running.url, running.token, CLIENTS)
    await sleep(300 + random() * 300)
    await kill(running.process)
    await clients.stop()
    const { faults } = await checkHere(copyHome(home, 'bare', false), history, false)
    rmSync(home, { recursive: true, force: true })
    if (faults.length === 0) continue
    findings.expect(true, `the control that acknowledges before the disk has it is caught in round ${round + 1}: ${faults[0]}`)
    return
  }
  findings.expect(false, 'the control that acknowledges before the disk has it is never caught')
}

try {
  await killAgainAndAgain()
  await catchEarlyAcknowledgements()
} finally {
  await engine.close()
  if (findings.failed === 0) rmSync(folder, { recursive: true, force: true })
  else process.stdout.write(`the homes are kept: ${folder}\n`)
}
findings.end()
