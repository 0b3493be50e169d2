// A feature in words, the same in trace, status and console.
import type { AggregateFeature, Condition, Window } from './definition.ts'

/** `1h`, `lifetime`, `this 1d`, `session with pauses under 30m`. */
export function windowText(window: Window): string {
  if (typeof window === 'string') return window
  if ('tumbling' in window) return `this ${window.tumbling}${window.offset === undefined ? '' : ` (from ${window.offset})`}`
  return `session with pauses under ${window.session}`
}

/** `mean over 1h`, `percentile 0.9 over 7d where dep_delay > 0`. */
export function aggregateText(f: AggregateFeature): string {
  const what = f.aggregate === 'percentile' ? `percentile ${f.p}` : f.aggregate === 'lastN' ? `last ${f.n}` : f.aggregate === 'share' ? `share of ${conditionsText(f.of ?? [])}` : f.aggregate
  return `${what} over ${windowText(f.window)}${f.where === undefined || f.where.length === 0 ? '' : ` where ${conditionsText(f.where)}`}`
}

export function conditionsText(conditions: readonly Condition[]): string { return conditions.map(conditionText).join(' and ') }

function conditionText(c: Condition): string {
  const tests = [
    c.equals === undefined ? null : `= ${show(c.equals)}`, c.not === undefined ? null : `is not ${show(c.not)}`, c.in === undefined ? null : `in ${c.in.map(show).join(', ')}`,
    c.above === undefined ? null : `> ${c.above}`, c.atLeast === undefined ? null : `≥ ${c.atLeast}`, c.below === undefined ? null : `< ${c.below}`, c.atMost === undefined ? null : `≤ ${c.atMost}`,
    c.missing === undefined ? null : c.missing ? 'is missing' : 'is there',
  ]
  return `${c.column} ${tests.filter(t => t !== null).join(' and ')}`
}

function show(value: string | number | boolean): string { return typeof value === 'string' ? `'${value}'` : String(value) }
