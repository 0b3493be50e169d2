// Production over a bench whose features all come with the request, and a folder for model files.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { resolveConfig, type Config } from '../core/config.ts'
import { openLog } from '../core/log.ts'
import { encodeLinear } from '../models/index.ts'
import { openOwnModels } from './own-models.ts'
import { ADA, openBench, type Bench } from './production.fixture.ts'
import { openProduction, type Production } from './production.ts'

export interface FileBench {
  bench: Bench
  /** Opens production anew over what is stored. */
  open(settings?: Partial<Config['production']>): Promise<Production>
  /** Writes a model whose output moves with `intercept`; the path. `inputs` beside `size` make it larger. */
  write(name: string, intercept: number, inputs?: number): string
  writeText(name: string, text: string): string
}

export async function withFiles(work: (parts: FileBench) => Promise<void>): Promise<void> {
  const bench = await openBench()
  const opened: Production[] = []
  const writeText = (name: string, text: string | Uint8Array): string => {
    const path = join(bench.dir, name)
    writeFileSync(path, text)
    return path
  }
  try {
    await work({
      bench, writeText,
      async open(settings = {}) {
        for (const production of opened.splice(0)) await production.close()
        const parts = { metadata: bench.metadata, blobs: bench.blobs, journal: bench.journal, clock: bench.clock }
        const ports = await openOwnModels(parts, [], ADA)
        const { production } = resolveConfig().config
        const made = await openProduction({ ...parts, ...ports, home: bench.dir, log: openLog({ level: 'silent' }), config: { production: { ...production, ...settings } } })
        opened.push(made)
        return made
      },
      write: (name, intercept, inputs = 0) => writeText(name, encodeLinear({
        intercept, inputs: [{ name: 'shop', type: 'category', categories: ['a'] }, { name: 'size', type: 'float64' }, ...Array.from({ length: inputs }, (_, i) => ({ name: `more${i}`, type: 'float64' as const }))],
        terms: [{ weights: [1, 0, -1] }, ...Array.from({ length: inputs + 1 }, () => ({ mean: 0, scale: 1, weight: 0.5, missing: 2 }))],
      })),
    })
  } finally {
    for (const production of opened) await production.close()
    await bench.close()
  }
}
