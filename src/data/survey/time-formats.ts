// The ways in which people write dates, day first or month first.

const CLOCKS = ['', ' %H:%M', ' %H:%M:%S', ' %H:%M:%S.%f', ' %I:%M %p', ' %I:%M:%S %p', ' %I:%M%p', 'T%H:%M', 'T%H:%M:%S']
const withClock = (date: string): string[] => CLOCKS.map(clock => `${date}${clock}`)

/** Two digits of a year come first: a format for four would take them as the year 24. */
const numeric = (order: '%d?%m' | '%m?%d'): string[] => ['/', '.', '-'].flatMap(mark => ['%y', '%Y'].flatMap(year => withClock(`${order.replace('?', mark)}${mark}${year}`)))

export const DAY_FIRST = numeric('%d?%m')
export const MONTH_FIRST = numeric('%m?%d')

/** Those that say themselves which is the month. */
export const NAMED = [
  ...['%Y/%m/%d', '%Y.%m.%d', '%d %b %Y', '%d %B %Y', '%d-%b-%y', '%d-%b-%Y', '%d/%b/%Y', '%b %d, %Y', '%B %d, %Y', '%b %d %Y', '%B %d %Y', '%d. %B %Y', '%a, %d %b %Y', '%A, %d %B %Y', '%A, %B %d, %Y', '%a %b %d %Y'].flatMap(withClock),
  '%a %b %d %H:%M:%S %Y', '%a, %d %b %Y %H:%M:%S GMT', '%b-%y', '%b-%Y', '%B %Y', '%b %Y', '%Y-%m', '%m/%Y', '%d/%b/%Y:%H:%M:%S',
]

/** Digits alone: only where the name of the column speaks of a date. */
export const DIGITS = ['%Y%m%d', '%Y%m%d%H%M%S', '%Y%m%d %H:%M:%S']

const PARTS: Record<string, string> = {
  d: '(?:0?[1-9]|[12]\\d|3[01])', m: '(?:0?[1-9]|1[0-2])', Y: '\\d{4}', y: '\\d{2}', H: '(?:[01]?\\d|2[0-3])', I: '(?:0?[1-9]|1[0-2])', M: '[0-5]?\\d', S: '[0-5]?\\d', f: '\\d{1,9}', p: '[ap]m',
  b: '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)', B: '(?:january|february|march|april|may|june|july|august|september|october|november|december)',
  a: '(?:mon|tue|wed|thu|fri|sat|sun)', A: '(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)',
}
const PATTERNS = new Map<string, RegExp>()

/** Whether text has the look of a format; the engine has the last word. */
export function looksLike(text: string, format: string): boolean {
  let pattern = PATTERNS.get(format)
  if (pattern === undefined) {
    const source = format.replace(/%([a-zA-Z])|[./]/g, (mark, part: string | undefined) => (part === undefined ? `\\${mark}` : PARTS[part]))
    PATTERNS.set(format, pattern = new RegExp(`^${source}$`, 'i'))
  }
  return pattern.test(text)
}
