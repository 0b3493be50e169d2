// Pieces of Python source.

const KEYWORDS = new Set('False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(' '))

/** A text literal. JSON escapes are Python's, but for pairs of surrogates, which it would keep apart: those stay as they are. */
export function literal(text: string): string { return JSON.stringify(text) }

/** Hands out names of a module, each once: a name's letters, digits and underscores with `suffix`, and a number where it is taken. */
export class Identifiers {
  readonly #taken: Set<string>
  constructor(taken: readonly string[]) { this.#taken = new Set(taken) }

  take(name: string, suffix = ''): string {
    const plain = `${name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_')}${suffix}`
    let free = KEYWORDS.has(plain) ? `${plain}_` : plain
    for (let n = 2; this.#taken.has(free); n++) free = `${plain}_${n}`
    this.#taken.add(free)
    return free
  }
}

/** A call, on one line where it fits and on one line an argument otherwise. */
export function call(callee: string, args: readonly string[]): string {
  const line = `${callee}(${args.join(', ')})`
  return line.length <= 120 && !line.includes('\n') ? line : `${callee}(\n${args.map(a => `    ${a.replaceAll('\n', '\n    ')},\n`).join('')})`
}

/** A list, on one line where it fits. */
export function list(items: readonly string[]): string {
  const line = `[${items.join(', ')}]`
  return line.length <= 100 ? line : `[\n${items.map(i => `    ${i},\n`).join('')}]`
}

/** `, description="…"` as an argument, where there is one. */
export function described(text: string | undefined): string[] { return text === undefined || text === '' ? [] : [`description=${literal(text)}`] }
