// The on-demand module: what a model reads of times.
import type { Choices, DerivedFeature } from './choices.ts'

/** `order_date_hour` as `orderDateHour`. */
export function camel(name: string): string { return name.replace(/[_-]+([a-z0-9])/g, (_, c: string) => c.toUpperCase()) }

const HELPERS: Record<DerivedFeature['kind'], { comment: (inputs: readonly string[]) => string; call: string; helper: string }> = {
  hour: { comment: ([t]) => `The hour of ${t}, 0 to 23, UTC.`, call: 'hourOf', helper: 'function hourOf(at: Time): number | null { return at === null ? null : date(at).getUTCHours() }' },
  weekday: { comment: ([t]) => `The day of the week of ${t}, 0 for Sunday, UTC.`, call: 'weekdayOf', helper: 'function weekdayOf(at: Time): number | null { return at === null ? null : date(at).getUTCDay() }' },
  month: { comment: ([t]) => `The month of ${t}, 1 to 12, UTC.`, call: 'monthOf', helper: 'function monthOf(at: Time): number | null { return at === null ? null : date(at).getUTCMonth() + 1 }' },
  year: { comment: ([t]) => `The year of ${t}, UTC.`, call: 'yearOf', helper: 'function yearOf(at: Time): number | null { return at === null ? null : date(at).getUTCFullYear() }' },
  days_before: { comment: ([earlier, later]) => `Days from ${earlier} to ${later}.`, call: 'daysBetween', helper: 'function daysBetween(from: Time, to: Time): number | null { return from === null || to === null ? null : (to - from) / DAY }' },
}

/** on-demand.ts; null where nothing is made of times. */
export function onDemandText({ derived }: Pick<Choices, 'derived'>): string | null {
  if (derived.length === 0) return null
  const kinds = [...new Set(derived.map(d => d.kind))]
  const functions = derived.map(({ name, kind, inputs }) => {
    const { comment, call } = HELPERS[kind]
    return `/** ${comment(inputs)} */\nexport function ${camel(name)}(input: { ${inputs.map(i => `${i}: Time`).join('; ')} }): number | null { return ${call}(${inputs.map(i => `input.${i}`).join(', ')}) }\n`
  })
  return [
    '// On-demand features: pure functions of the request, the same code in training and at serving.',
    '',
    '/** Whole microseconds since 1970, UTC; null when it is missing. */',
    'type Time = number | null',
    '',
    ...kinds.includes('days_before') ? ['const DAY = 86_400_000_000', ''] : [],
    ...functions,
    ...kinds.some(k => k !== 'days_before') ? ['function date(at: number): Date { return new Date(Math.floor(at / 1_000)) }'] : [],
    ...kinds.map(k => HELPERS[k].helper),
    '',
  ].join('\n')
}
