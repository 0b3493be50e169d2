// The README's walk-through, run as it stands on a home that the tour has made, and its outputs held against what the README shows.
// Use: walk-through.ts [HOME]   without HOME the tour is run first
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Findings, startProcess } from '../chaos/server-process.ts'
import { readPage } from './blocks.ts'
import { root, Stage } from './stage.ts'

const findings = new Findings()
const work = mkdtempSync(join(tmpdir(), 'slipway-walk-'))
const home = join(work, '.slipway')
try {
  const toured = process.argv[2]
  if (toured !== undefined && existsSync(join(toured, 'slipway.db'))) cpSync(toured, home, { recursive: true })
  else {
    const tour = startProcess(['bin/slipway.js', 'tour', '--port', '0', '--home', home])
    if (await tour.exited !== 0) throw new Error(`The tour failed:\n${tour.output().slice(-4_000)}`)
  }
  const stage = new Stage(home, work, findings)
  await stage.serve()
  try {
    const { commands } = readPage(join(root, 'README.md'))
    findings.expect(commands.length > 0, 'the README has a walk-through')
    for (const command of commands) await stage.play(command)
  } finally { await stage.close() }
} finally { rmSync(work, { recursive: true, force: true }) }
findings.end()
