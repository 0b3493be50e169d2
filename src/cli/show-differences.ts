import type { Json } from '../core/canonical.ts'
import type { Difference } from '../metadata/index.ts'
import type { Terminal } from './terminal.ts'

const SHOWN = 60

/** A plan as lines: + added, ~ changed with each field, - removed; then the count. */
export function showDifferences(differences: readonly Difference[], t: Terminal): void {
  const signs = { added: t.good('+'), changed: t.warn('~'), removed: t.bad('-') }
  let kind = ''
  for (const d of differences) {
    if (d.kind !== kind) { kind = d.kind; t.print(t.bold(`${kind}`)) }
    t.print(`  ${signs[d.change]} ${d.id}`)
    if (d.change !== 'changed') continue
    for (const { path, from, to } of d.fields) t.print(`      ${path}: ${t.dim(shorten(from))} → ${shorten(to)}`)
  }
  const count = (change: Difference['change']): number => differences.filter(d => d.change === change).length
  if (differences.length > 0) t.print()
  t.print(`${count('added')} to add, ${count('changed')} to change, ${count('removed')} to remove`)
}

/** A value in at most a line. */
export function shorten(value: Json | undefined): string {
  const text = value === undefined || value === null ? 'none' : typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text
}
