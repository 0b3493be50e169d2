// Fenced blocks of a page that are to be run: those behind a line `<!-- walk-through -->`.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

export interface Command {
  /** Page and line, for messages. */
  place: string
  text: string
  /** What the page shows of its output; null where it shows none. */
  shown: string | null
  /** The exit code that the page promises, by a comment `# exit code 3`. */
  exit: number
}

export interface Page { name: string; commands: Command[]; /** All Python of the page, one script. */ python: Command | null }

interface Fence { language: string; line: number; lines: string[]; marker: string }

/**
 * In a block with prompts, `$ ` begins a command and what follows is its output. One without is a script, and a fence behind
 * `<!-- output -->` shows its output. Python blocks of a page are one program.
 */
export function readPage(path: string): Page {
  const name = basename(path)
  const fences = readFences(readFileSync(path, 'utf8'))
  const commands: Command[] = []
  let python: Command | null = null
  fences.forEach((fence, i) => {
    if (fence.marker !== 'walk-through') return
    const place = `${name}:${fence.line}`
    const text = fence.lines.join('\n')
    const shown = fences[i + 1]?.marker === 'output' ? fences[i + 1].lines.join('\n') : null
    if (fence.language === 'python') {
      python = { place: python?.place ?? place, exit: 0, text: join(python?.text, text) as string, shown: join(python?.shown, shown) }
    } else if (fence.lines.some(line => line.startsWith('$ '))) commands.push(...readPrompts(name, fence))
    else commands.push({ place, text, shown, exit: 0 })
  })
  return { name, commands, python }
}

function join(first: string | null | undefined, second: string | null): string | null {
  return first === undefined || first === null ? second : second === null ? first : `${first}\n${second}`
}

function readFences(text: string): Fence[] {
  const fences: Fence[] = []
  let open: Fence | null = null
  let marker = ''
  text.split('\n').forEach((line, i) => {
    if (open !== null) {
      if (line.startsWith('```')) { fences.push(open); open = null } else open.lines.push(line)
      return
    }
    const marked = /^<!-- (walk-through|output) -->$/.exec(line)
    if (marked !== null) marker = marked[1]
    else if (line.startsWith('```')) { open = { language: line.slice(3).trim(), line: i + 1, lines: [], marker }; marker = '' }
    else if (line.trim() !== '') marker = ''
  })
  return fences
}

function readPrompts(page: string, fence: Fence): Command[] {
  const commands: (Command & { output: string[] })[] = []
  let continued = false
  fence.lines.forEach((line, i) => {
    const last = commands.at(-1)
    if (line.startsWith('$ ')) commands.push({ place: `${page}:${fence.line + 1 + i}`, text: line.slice(2), shown: null, exit: Number(/# exit code (\d+)/.exec(line)?.[1] ?? 0), output: [] })
    else if (continued && last !== undefined) last.text += `\n${line}`
    else last?.output.push(line)
    continued = line.endsWith('\\') && (continued || line.startsWith('$ '))
  })
  return commands.map(({ output, ...command }) => ({ ...command, shown: output.some(line => line.trim() !== '') ? output.join('\n') : null }))
}
