// Values as TypeScript that a person would write.

const WIDTH = 140

/** 'text' in single quotes. */
export function quote(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${inner}'`
}

/** Text that can stand in a comment of one line. */
export function inComment(text: string): string { return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').replaceAll('*/', '* /').trim() }

export function literalOf(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (Array.isArray(value)) return `[${value.map(literalOf).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value).filter(([, v]) => v !== undefined).map(([k, v]) => `${/^[a-z_$][\w$]*$/i.test(k) ? k : quote(k)}: ${literalOf(v)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

/** Items of a list, as many on a line as fit. */
export function wrap(items: readonly string[], indent: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const item of items) {
    if (line !== '' && indent.length + line.length + item.length + 2 > WIDTH) { lines.push(`${indent}${line}`); line = '' }
    line += `${line === '' ? '' : ' '}${item},`
  }
  if (line !== '') lines.push(`${indent}${line}`)
  return lines
}
