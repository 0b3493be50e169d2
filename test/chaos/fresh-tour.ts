// The tour on a fresh home, as a newcomer starts it, and its acceptance: counts, feature agreement, replay, verification, a second start.
// Use: fresh-tour.ts [HOME]   an empty folder, which is kept
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Findings, startProcess } from './server-process.ts'

const kept = process.argv[2]
const home = kept ?? mkdtempSync(join(tmpdir(), 'slipway-tour-'))
const findings = new Findings()
const number = (text: string): number => Number(text.replaceAll(',', ''))

async function cli(...args: string[]): Promise<{ code: number | null; output: string }> {
  const p = startProcess(['bin/slipway.js', ...args, '--home', home])
  return { code: await p.exited, output: p.output() }
}

try {
  const server = startProcess(['bin/slipway.js', 'start', '--port', '0', '--home', home])
  const [, url] = await server.until(/Slipway is ready at (http:\/\/127\.0\.0\.1:\d+)/)
  const ready = performance.now()
  await server.until(/tour complete[\s\S]*slipway(?:\.js)? replay/)
  process.stdout.write(`${server.output()}\ntour: ${((performance.now() - ready) / 1_000).toFixed(1)} s after the server was ready\n`)
  const text = server.output()
  const predictions = /Predictions +([\d,]+) of ([\d,]+) scheduled flights, each in the journal once/.exec(text)
  findings.expect(predictions !== null && number(predictions[1]) >= 150_000 && predictions[1] === predictions[2], `at least 150,000 predictions, each in the journal once (${predictions?.[1]})`)
  const weeks = text.match(/^ {2}2013-\d\d-\d\d .*\d\.\d{3} \(\d\.\d{3} to \d\.\d{3}\)/gm) ?? []
  findings.expect(weeks.length === 40, `every week from April to December with its AUC and interval (${weeks.length})`)
  findings.expect(/^ {2}Truth +.* never will: cancelled/m.test(text), 'cancelled flights never get a truth, and it says so')
  const alert = /^ {2}Alert +(.*)$/m.exec(text)
  findings.expect(alert !== null, `an alert on quality (${alert?.[1]})`)
  const retrained = /^ {2}Retrained +(.*gate (passed|refused).*)$/m.exec(text)
  findings.expect(retrained !== null, `a candidate and its gate (${retrained?.[1]})`)
  const verdict = /^ {2}(?:Swap|Kept|Trial) +(.*)$/m.exec(text)
  findings.expect(retrained?.[2] === 'refused' || verdict !== null, `a swap, or none, with its reason (${verdict?.[0].trim()})`)
  findings.expect(/^ {2}Worse +version \d+, made worse on purpose, is refused: .*gate_refused/m.test(text), 'a candidate made worse on purpose is refused, with the reason')
  findings.expect(/^ {2}Rollback +\S+ → \S+: 500 rows equal byte for byte; undone: equal byte for byte/m.test(text), 'a rollback and its undo, equal byte for byte')
  findings.expect(/^ {2}Undo +500 departures that never were, pushed and undone: the features of 500 flights moved, and are equal byte for byte again; \S+ had flown to \w{3}/m.test(text), 'a bad push and its undo, equal byte for byte')
  findings.expect(/^ {2}Fallback +.*: (\d+) of \1 answers by the fallback, each marked; incident opened .*, closed /m.test(text), 'an hour without the model: every answer by the fallback, an incident that opened and closed')
  const features = /Features +([\d,]+) differences between ([\d,]+) logged/.exec(text)
  findings.expect(features !== null && features[1] === '0' && number(features[2]) > 1_000_000, `no differences between logged and recomputed feature values (${features?.[2]} compared)`)
  findings.expect(/Replay +1,000 of 1,000 random predictions equal to the bit/.test(text), 'replay of 1,000 predictions equal to the bit')
  const auc = /^ {2}AUC .*; April (0\.\d+)/m.exec(text)
  findings.expect(auc !== null && Number(auc[1]) >= 0.69, `AUC of April at least .69 (${auc?.[1]})`)
  findings.expect(/Verified +everything/.test(text), 'everything verifies')

  const curl = /-d '(\{.*\})'/.exec(text)![1]
  const answer = await fetch(`${url}/api/v1/endpoints/flight-delay/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: curl })
  const predicted = await answer.text()
  findings.expect(answer.status === 200, `the printed curl predicts (${predicted.slice(0, 160)})`)
  const id = /trace (pred_\w+)/.exec(text)![1]
  const trace = await cli('trace', id)
  findings.expect(trace.code === 0 && trace.output.includes('flight-delay'), 'trace of the printed prediction, beside the live server')
  const replay = await cli('replay', id)
  findings.expect(replay.code === 0 && /equal/i.test(replay.output), 'replay of the printed prediction')
  server.child.kill('SIGTERM')
  findings.expect(await server.exited === 0, 'SIGTERM ends it with exit code 0')
  const verify = await cli('verify')
  findings.expect(verify.code === 0, 'verify of the home at rest')

  const again = startProcess(['bin/slipway.js', 'start', '--port', '0', '--home', home])
  const before = performance.now()
  await again.until(/tour complete/)
  process.stdout.write(`second start: tour complete after ${((performance.now() - before) / 1_000).toFixed(1)} s\n`)
  findings.expect(true, 'a second start finds the tour done')
  again.child.kill('SIGTERM')
  await again.exited
} finally { if (kept === undefined) rmSync(home, { recursive: true, force: true }) }
findings.end()
