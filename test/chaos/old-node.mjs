// Every door of the built package, under the Node that this machine came with: below 24 it must refuse with a coded error, not crash.
// Plain JavaScript for any Node; `npm run build` first.
import { readFileSync } from 'node:fs'

const major = Number(process.versions.node.split('.')[0])
const root = new URL('../../', import.meta.url)
const doors = Object.entries(JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).exports).filter(([, v]) => typeof v === 'object')
let failed = 0
for (const [name, { default: file }] of doors) {
  let outcome = 'opened'
  try { await import(new URL(file, root).href) } catch (error) { outcome = error.code ?? String(error) }
  const expected = major < 24 ? 'runtime_unsupported' : 'opened'
  if (outcome !== expected) { failed++; process.stdout.write(`${name}: ${outcome}, expected ${expected}\n`) }
}
if (doors.length === 0) failed++
process.stdout.write(`${doors.length} doors under Node ${process.versions.node}: ${failed === 0 ? `all ${major < 24 ? 'refused with runtime_unsupported' : 'opened'}` : `${failed} wrong`}\n`)
process.exitCode = failed === 0 ? 0 : 1
