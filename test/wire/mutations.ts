// Requests made wrong: values that nobody should send, and texts that are nearly JSON.

export type Random = () => number

export function pick<T>(random: Random, from: readonly T[]): T { return from[Math.floor(random() * from.length)] }

/** Stands for JSON that JSON.stringify does not write; {@link writeJson} puts the text in its place. */
export class RawJson {
  readonly text: string
  constructor(text: string) { this.text = text }
}

const DEEP = 2_000
const HOSTILE: readonly (() => unknown)[] = [
  () => null, () => true, () => 0, () => -1, () => -0, () => 1.5, () => 1e308, () => 5e-324, () => '', () => ' ', () => '0', () => 'true',
  () => [], () => ({}), () => [[]], () => [null], () => ({ '': '' }), () => 'x'.repeat(100_000), () => '\u0000', () => '\ufeff', () => '../../etc/passwd', () => '%00', () => '💥'.repeat(300),
  () => 'constructor', () => '__proto__', () => 'toString', () => '2026-13-45T99:99:99Z', () => '+275760-09-13', () => '0000-00-00', () => 'Infinity', () => "'; DROP TABLE documents; --", () => '${7*7}', () => '\r\nX-Injected: yes',
  () => new RawJson('NaN'), () => new RawJson('Infinity'), () => new RawJson('-Infinity'), () => new RawJson('1e999'), () => new RawJson('9007199254740993'), () => new RawJson('1'.repeat(400)), () => new RawJson('18446744073709551616'), () => new RawJson('-9223372036854775809'),
  () => new RawJson('"\\ud800"'), () => new RawJson('{"a":1,"a":2}'), () => new RawJson('{"__proto__":{"admin":true}}'), () => new RawJson('{"constructor":{"prototype":{"x":1}}}'), () => new RawJson('undefined'), () => new RawJson('01'), () => new RawJson("'a'"),
  () => new RawJson('['.repeat(DEEP) + ']'.repeat(DEEP)), () => new RawJson('{"a":'.repeat(DEEP) + '1' + '}'.repeat(DEEP)), () => new RawJson('{"a":'.repeat(60) + '1' + '}'.repeat(60)), () => Array.from({ length: 5_000 }, (_, i) => i), () => Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`k${i}`, i])),
]

export function hostileValue(random: Random): unknown { return pick(random, HOSTILE)() }

/** The places of a value: each object that it holds, and each array. */
function places(value: unknown): (Record<string, unknown> | unknown[])[] {
  if (typeof value !== 'object' || value === null || value instanceof RawJson) return []
  return [value as Record<string, unknown>, ...Object.values(value).flatMap(places)]
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  if (typeof value !== 'object' || value === null || value instanceof RawJson) return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, copyOf(v)]))
}

/** A copy with one to three things wrong. */
export function mutate(random: Random, body: unknown): unknown {
  let root = copyOf(body)
  for (let n = 1 + Math.floor(random() * 3); n > 0; n--) {
    const all = places(root)
    if (all.length === 0 || random() < 0.05) { root = hostileValue(random); continue }
    const place = pick(random, all) as Record<string, unknown>
    const keys = Object.keys(place)
    const key = keys.length === 0 ? '0' : pick(random, keys)
    const action = random()
    if (action < 0.6) place[key] = hostileValue(random)
    else if (action < 0.75) { if (Array.isArray(place)) place.pop(); else delete place[key] }
    else if (action < 0.85 && Array.isArray(place)) place.push(hostileValue(random))
    else if (action < 0.85) place[pick(random, ['extra', 'dryrun', 'admin', key.toUpperCase(), `${key} `, 'constructor', 'hasOwnProperty', ''])] = hostileValue(random)
    else if (action < 0.95) place[key] = [place[key]]
    else place[key] = place
    // A value that holds itself is no JSON.
    if (place[key] === place) place[key] = copyOf({ ...place, [key]: null })
  }
  return root
}

export function writeJson(value: unknown): string {
  if (value instanceof RawJson) return value.text
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`
  if (typeof value === 'object' && value !== null) return `{${Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}:${writeJson(v)}`).join(',')}}`
  return JSON.stringify(value) ?? 'null'
}

/** The bytes of a body, at times broken as bytes. */
export function writeBytes(random: Random, value: unknown): Buffer {
  const text = writeJson(value)
  const action = random()
  if (action < 0.85) return Buffer.from(text)
  return pick(random, [
    () => Buffer.from(text.slice(0, Math.floor(random() * text.length))), () => Buffer.from(`\ufeff${text}`), () => Buffer.from(text, 'utf16le'), () => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff, 0xfe])]),
    () => Buffer.from(`${text}${text}`), () => Buffer.from(''), () => Buffer.from(`${text},`), () => Buffer.from(text.replaceAll('"', "'")), () => Buffer.from(`${text}\n// a remark`), () => Buffer.from([0x1f, 0x8b, 8, 0, 0]),
  ])()
}

/** A segment of an address that names nothing, or names something oddly. */
export function hostileSegment(random: Random, good: string): string {
  const half = Math.floor(good.length / 2)
  return pick(random, [
    'no-such-thing', '..', '.', '%2e%2e', '%2f', '%2F..%2F', '%5c', '%00', '%', '%zz', '%c0%af', '%ff', '%ed%a0%80', '%25', '%0d%0aX:1', 'x'.repeat(250), 'x'.repeat(3_000), '%F0%9F%92%A5', '0', '-1', '1e9', '1.0', '1e400', '9007199254740993', '99999999999999999999', 'NaN', 'null', 'true', '__proto__', 'constructor', 'toString',
    `${good}%20`, `${good}/`, `%20${good}`, good.toUpperCase(), `${good}%00`, encodeURIComponent(good).replace(/[a-z]/, c => `%${c.charCodeAt(0).toString(16)}`), `${good.slice(0, half)}%2f${good.slice(half)}`, `${good};a=b`, `${good}@000001`, '*', ':name', '%7b%7d', "'", '"'.replace('"', '%22'),
  ])
}

/** Text of a query parameter, percent-encoded or wrongly so. */
export function hostileQuery(random: Random): string {
  return pick(random, [
    '', '0', '-1', '1.5', '1e3', '1e400', 'NaN', 'Infinity', 'null', 'true', 'yes', '%00', '%', '%ff', '99999999999999999999', '-99999999999999999999', '9007199254740993', '2026-01-01', '2026-99-99', '2026-02-30T00:00:00Z', '0000-01-01T00:00:00Z', '+999999-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '1767225600000000', '-1767225600000000', '8999999999999999', 'day', 'week', 'century',
    'x'.repeat(2_000), '%F0%9F%92%A5', "'%20OR%201=1", '[]', '{}', 'a,b', 'a&a=b', ',', '__proto__', 'north', 'open', 'model.trained', 'desc', 'late-order', '*', '%25', '_', '1000', '1001',
  ])
}
