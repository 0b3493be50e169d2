// A training set over five million rows with an engine of 128 MB and a small JavaScript heap, in a process of its own; what it took is printed.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

it('trains on more than the engine may hold', async () => {
  const child = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', '--max-old-space-size=160', 'test/memory/big-training-set.ts', '128MB', '5000000', '600000', 'latest'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const code = new Promise<number | null>(resolve => { child.once('close', resolve) })
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  expect(await code, errors).toBe(0)
  const said = JSON.parse(output) as { rows: number; made: number; found: number; wrong: number; ordered: boolean; peakMB: number; heapMB: number; seconds: number[] }
  process.stdout.write(`5,000,000 rows, ${said.made.toLocaleString('en')} examples, engine.memory 128 MB: peak ${said.peakMB} MB of the process, ${said.heapMB} MB of it heap; ${said.seconds.join(' and ')} s\n`)
  expect(said).toMatchObject({ made: 600_000, rows: 600_000, wrong: 0, ordered: true })
  expect(said.found).toBeGreaterThan(400_000)
  expect(said.heapMB).toBeLessThan(160)
  // The limit holds the engine's tables; its files, buffers of results and Node itself come on top.
  expect(said.peakMB).toBeLessThan(900)
}, 900_000)
