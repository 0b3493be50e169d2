// The shortened tour over five processes, one of them killed in the middle: the same acceptance as in one process, and the same outputs to the bit.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COMPONENTS, type Component } from '../../src/core/components.ts'
import { columnOf, getValue, rowAt } from '../../src/core/table.ts'
import { openPlatform, type Platform } from '../../src/platform.ts'
import { connectPlatform, readProcess } from '../../src/processes/index.ts'
import { Findings, startProcess, type ServerProcess } from '../chaos/server-process.ts'

const ENDPOINT = 'flight-delay'
const KILLED = (process.env.SLIPWAY_KILL ?? 'data').split(',') as Component[]
const findings = new Findings()
const home = mkdtempSync(join(tmpdir(), 'slipway-five-'))
const alone = mkdtempSync(join(tmpdir(), 'slipway-one-'))
const acknowledged = join(home, 'acknowledged.txt')
const running = new Map<Component, ServerProcess>()
const readAcknowledged = (): string[] => (existsSync(acknowledged) ? readFileSync(acknowledged, 'utf8').split('\n').filter(Boolean) : [])
const say = (line: string): void => { process.stdout.write(`${line}\n`) }

async function start(component: Component): Promise<void> {
  const started = startProcess(['bin/slipway.js', 'serve', '--only', component, '--home', home])
  running.set(component, started)
  await started.until(new RegExp(`Slipway ${component} is ready at http`))
}

async function kill(component: Component): Promise<void> {
  running.get(component)!.child.kill('SIGKILL')
  await running.get(component)!.exited
}

/** What a prediction is made of, but for when and where it was recorded; drills are named at random. */
async function readPredictions(platform: Platform): Promise<{ byKey: Map<string, string>; doubled: number }> {
  const byKey = new Map<string, string>()
  let doubled = 0
  for await (const { table } of platform.journal.read({ streams: [`prediction/${ENDPOINT}/`] })) {
    const keys = columnOf(table, 'idempotencyKey')!
    for (let i = 0; i < table.rows; i++) {
      const key = String(getValue(keys, i))
      const { asOf: _position, ledgerSize: _size, latency: _latency, ...row } = rowAt(table, i)
      if (byKey.has(key)) doubled++
      byKey.set(key, JSON.stringify(row, (_, value: unknown) => (typeof value === 'number' ? Buffer.from(Float64Array.of(value).buffer).toString('hex') : typeof value === 'bigint' ? String(value) : value)).replace(/drill_[0-9a-z]{26}/g, 'drill'))
    }
  }
  return { byKey, doubled }
}

async function ask(component: Component, path: string, body?: unknown): Promise<{ status: number; body: string }> {
  const { url } = readProcess({ processes: join(home, 'processes') }, component)!
  const token = readFileSync(join(home, 'local.token'), 'utf8').trim()
  const response = await fetch(url + path, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  })
  return { status: response.status, body: await response.text() }
}

try {
  // Any order will do: this is the worst one.
  const before = performance.now()
  await Promise.all([...COMPONENTS].reverse().map(start))
  say(`five processes are ready after ${((performance.now() - before) / 1_000).toFixed(1)} s`)
  const second = startProcess(['bin/slipway.js', 'serve', '--only', 'data', '--home', home])
  findings.expect(await second.exited !== 0 && /component data/.test(second.output()), 'a second process of a component is refused')
  const whole = startProcess(['bin/slipway.js', 'serve', '--home', home, '--port', '0'])
  findings.expect(await whole.exited !== 0 && /is owned by/.test(whole.output()), 'one process with all of it is refused beside them')

  const startTour = (): ServerProcess => startProcess(['test/chaos/short-tour.ts', home, acknowledged, 'processes'])
  let tour = startTour()
  /** A tour that ended with what was killed goes on where it was. */
  const goOn = async (): Promise<void> => {
    if (tour.child.exitCode === null || tour.child.exitCode === 0) return
    say(`the tour ended with ${await tour.exited} and is started again`)
    tour = startTour()
  }
  const began = performance.now()
  let during = 0
  for (const component of KILLED) {
    for (const so = readAcknowledged().length; readAcknowledged().length < so + 1_000 && tour.child.exitCode !== 0;) {
      await new Promise(resolve => { setTimeout(resolve, 20) })
      await goOn()
    }
    if (tour.child.exitCode === null) during++
    await kill(component)
    say(`killed ${component} after ${readAcknowledged().length} acknowledged predictions`)
    if (component === 'data') {
      const labelled = await ask('production', '/api/v1/labels', { endpoint: ENDPOINT, entity: { flight: 'none' }, value: true })
      findings.expect(labelled.status === 503 && labelled.body.includes('unreachable'), `what needs it is refused with words: ${labelled.status} ${labelled.body.slice(0, 160)}`)
    }
    const others = await Promise.all(COMPONENTS.filter(c => c !== component).map(async c => (await ask(c, '/health/ready')).status))
    findings.expect(others.every(status => status === 200), `the other four answer (${others.join(', ')})`)
    await start(component)
  }
  findings.expect(during > 0, `${during} of ${KILLED.length} kills fell into a running tour`)
  while (tour.child.exitCode !== 0) {
    await tour.exited
    await goOn()
    if (performance.now() - began > 900_000) break
  }
  findings.expect(tour.child.exitCode === 0 && /tour complete/.test(tour.output()), 'the tour ends after all')
  say(tour.output().split('\n').filter(l => l !== '' && !l.startsWith('..') && !l.startsWith('summary') && !l.startsWith('{')).join('\n'))
  if (tour.child.exitCode !== 0) say(COMPONENTS.map(c => `${c}: ${running.get(c)!.output().slice(-1_500)}`).join('\n'))
  say(`in five processes: ${((performance.now() - began) / 1_000).toFixed(1)} s`)

  const embedded = performance.now()
  const one = startProcess(['test/chaos/short-tour.ts', alone, join(alone, 'acknowledged.txt')])
  findings.expect(await one.exited === 0, 'the same plan in one process')
  say(`in one process: ${((performance.now() - embedded) / 1_000).toFixed(1)} s`)

  const [five, single] = [await connectPlatform({ home }), await openPlatform({ home: alone })]
  const [ours, theirs] = [await readPredictions(five), await readPredictions(single)]
  const acks = readAcknowledged()
  findings.expect(ours.doubled === 0 && ours.byKey.size > 1_000, `${ours.byKey.size} predictions, each in the journal once`)
  findings.expect(acks.length > 1_000 && acks.every(flight => ours.byKey.has(flight)), `none of ${acks.length} acknowledged ones is lost`)
  const different = [...theirs.byKey].filter(([key, row]) => ours.byKey.get(key) !== row)
  findings.expect(ours.byKey.size === theirs.byKey.size && different.length === 0, `${theirs.byKey.size} predictions of one process, ${different.length} different in five${different.length > 0 ? `: ${different[0][1]} against ${ours.byKey.get(different[0][0])}` : ''}`)
  const check = await five.checkFeatures({ endpoint: ENDPOINT })
  findings.expect(check.compared > 1_000 && check.different === 0, `${check.compared} feature values recomputed, ${check.different} different`)
  const replay = await five.production.replayMany({ count: 500, seed: 7, endpoint: ENDPOINT })
  findings.expect(replay.count === 500 && replay.equal === 500, `${replay.equal} of ${replay.count} replays equal to the bit`)
  const verified = await five.metadata.verify()
  findings.expect(verified.ok, `everything verifies${verified.ok ? '' : `: ${verified.problems[0].place} ${verified.problems[0].what}`}`)
  await five.close()
  await single.close()

  const stopped = await Promise.all(COMPONENTS.map(async c => { running.get(c)!.child.kill('SIGTERM'); return running.get(c)!.exited }))
  findings.expect(stopped.every(code => code === 0), `SIGTERM ends all with exit code 0 (${stopped.join(', ')})`)
  const rest = startProcess(['bin/slipway.js', 'verify', '--home', home])
  findings.expect(await rest.exited === 0, 'the home at rest verifies')
  const again = await openPlatform({ home })
  findings.expect((await again.production.counts(ENDPOINT)).predictions === ours.byKey.size, 'one process takes the home over, with all of it')
  await again.close()
} finally {
  for (const { child } of running.values()) child.kill('SIGKILL')
  if (findings.failed === 0) for (const dir of [home, alone]) rmSync(dir, { recursive: true, force: true })
  else say(`the homes are kept: ${home} ${alone}`)
}
findings.end()
