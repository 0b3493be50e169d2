// What goes to the terminal: results on stdout, progress and errors on stderr, colour only where somebody looks.

type Style = (text: string) => string

export interface Terminal {
  /** A line of the result. */
  print(text?: string): void
  /** A line for people beside the result, on stderr. */
  note(text: string): void
  /** Replaces the last progress line; nothing unless stderr is a terminal. */
  progress(text: string): void
  /** Takes the progress line away. */
  settle(): void
  bold: Style
  dim: Style
  good: Style
  bad: Style
  warn: Style
  accent: Style
  /** Columns of stdout; 100 when it is no terminal. */
  width: number
  /** Somebody looks at stdout: what is for eyes only may be shown. */
  watched: boolean
}

export interface TerminalStreams {
  stdout: { write(text: string): unknown; isTTY?: boolean; columns?: number }
  stderr: { write(text: string): unknown; isTTY?: boolean; columns?: number }
  env: Record<string, string | undefined>
}

/** Colour follows stdout's being a terminal, NO_COLOR, FORCE_COLOR and TERM=dumb. */
export function openTerminal({ stdout, stderr, env }: TerminalStreams): Terminal {
  const set = (name: string): boolean => env[name] !== undefined && env[name] !== ''
  const colour = set('NO_COLOR') ? false : set('FORCE_COLOR') ? env.FORCE_COLOR !== '0' : stdout.isTTY === true && env.TERM !== 'dumb'
  const style = (on: number, off: number): Style => (colour ? text => `\u001b[${on}m${text}\u001b[${off}m` : text => text)
  const live = stderr.isTTY === true && env.TERM !== 'dumb'
  let shown = false
  const settle = (): void => {
    if (!shown) return
    stderr.write('\r\u001b[K')
    shown = false
  }
  return {
    print: (text = '') => { settle(); stdout.write(`${text}\n`) },
    note: text => { settle(); stderr.write(`${text}\n`) },
    progress: text => {
      if (!live) return
      stderr.write(`\r\u001b[K${text.slice(0, (stderr.columns ?? 80) - 1)}`)
      shown = true
    },
    settle,
    bold: style(1, 22), dim: style(2, 22), good: style(32, 39), bad: style(31, 39), warn: style(33, 39), accent: style(36, 39),
    width: stdout.columns ?? 100, watched: stdout.isTTY === true,
  }
}

/** Columns aligned by their longest cell; the last is not padded. Numbers to the right with `right`. */
export function alignRows(rows: readonly (readonly string[])[], options: { indent?: string; gap?: number; right?: readonly number[] } = {}): string[] {
  const { indent = '', gap = 2, right = [] } = options
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, k) => { widths[k] = Math.max(widths[k] ?? 0, visibleLength(cell)) })
  return rows.map(row => indent + row.map((cell, k) => {
    const pad = ' '.repeat(widths[k] - visibleLength(cell))
    if (right.includes(k)) return pad + cell
    return k === row.length - 1 ? cell : cell + pad
  }).join(' '.repeat(gap)).trimEnd())
}

// eslint-disable-next-line no-control-regex -- escape sequences begin with it
const ESCAPES = /\u001b\[\d+m/g

export function visibleLength(text: string): number { return [...text.replace(ESCAPES, '')].length }
