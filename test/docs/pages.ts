// The pages of docs, run as they stand: shell blocks and Python snippets against a live server on a home of their own, and links that lead somewhere.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Findings, startCommand } from '../chaos/server-process.ts'
import { readPage } from './blocks.ts'
import { root, Stage } from './stage.ts'

/** These make what the others look at: a model that is deployed, predictions with their truth. */
const FIRST = ['train.md', 'python.md']

const findings = new Findings()
const work = mkdtempSync(join(tmpdir(), 'slipway-pages-'))
const docs = join(root, 'docs')
const pages = [...FIRST, ...readdirSync(docs).filter(f => f.endsWith('.md') && !FIRST.includes(f)).sort()]

/** Every relative link of a page leads to a file. */
function checkLinks(path: string): void {
  const broken = [...readFileSync(path, 'utf8').replace(/^```[\s\S]*?^```/gm, '').matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)[^)]*\)/g)].map(m => m[1]).filter(link => !existsSync(join(dirname(path), link)))
  findings.expect(broken.length === 0, `links of ${path.slice(root.length)}${broken.length > 0 ? `: ${broken.join(', ')} ${broken.length > 1 ? 'are' : 'is'} not there` : ''}`)
}

async function run(file: string, args: string[]): Promise<boolean> {
  const p = startCommand(file, args, { cwd: work, env: process.env })
  const code = await p.exited.catch(() => 1)
  if (code !== 0) process.stdout.write(p.output().slice(-2_000))
  return code === 0
}

/** A Python with `requests` and Triton's gRPC client; null, loudly, where there is none to be had. */
async function makePython(): Promise<string | null> {
  const found = (process.env.PATH ?? '').split(':').some(dir => existsSync(join(dir, 'python3')))
  const python = join(work, 'venv', 'bin', 'python')
  if (found && await run('python3', ['-m', 'venv', join(work, 'venv')]) && await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'requests', 'tritonclient[grpc]==2.73.0'])) return python
  process.stdout.write(`skip  THE PYTHON SNIPPETS WERE NOT RUN: ${found ? 'no venv with requests and tritonclient could be made' : 'there is no python3'}\n`)
  return null
}

try {
  for (const path of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...pages.map(p => `docs/${p}`)]) checkLinks(join(root, path))
  const python = await makePython()
  const stage = new Stage(join(work, '.slipway'), work, findings)
  await stage.serve()
  try {
    for (const name of pages) {
      const page = readPage(join(docs, name))
      for (const command of page.commands) await stage.play(command)
      if (page.python !== null && python !== null) await stage.play(page.python, python, ['-c'])
    }
  } finally { await stage.close() }
} finally { rmSync(work, { recursive: true, force: true }) }
findings.end()
