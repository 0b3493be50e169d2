// One file, one schema, env override SLIPWAY_SECTION__KEY, flags last. All faults are reported at once.
import { SlipwayError, type Fault } from './errors.ts'

interface Setting<T> { default: T; describe: string; parse(value: unknown): T | undefined; /** It is not shown. */ secret?: true }

const text = (fallback: string, describe: string): Setting<string> =>
  ({ default: fallback, describe, parse: v => (typeof v === 'string' ? v : undefined) })
const secret = (describe: string): Setting<string> => ({ ...text('', describe), secret: true })
const whole = (fallback: number, min: number, max: number, describe: string): Setting<number> => ({
  default: fallback, describe: `${describe} (${min} to ${max})`,
  parse: v => { const n = typeof v === 'string' && /^\d+$/.test(v) ? Number(v) : v; return typeof n === 'number' && Number.isInteger(n) && n >= min && n <= max ? n : undefined },
})
/** null, and an empty text, is none. */
const optionalWhole = (min: number, max: number, describe: string): Setting<number | null> => {
  const number = whole(min, min, max, describe)
  return { default: null, describe: number.describe, parse: v => (v === null || v === '' ? null : number.parse(v)) }
}
const oneOf = <T extends string>(values: readonly T[], fallback: NoInfer<T>, describe: string): Setting<T> =>
  ({ default: fallback, describe: `${describe} (${values.join(', ')})`, parse: v => values.find(x => x === v) })

/** Texts of the form NAME=VALUE: from an object of them, or from text with commas between. */
const pairs = (describe: string): Setting<readonly string[]> => ({
  default: [], describe,
  parse(v) {
    if (typeof v === 'string') return v.split(',').filter(pair => pair !== '')
    if (typeof v !== 'object' || v === null || Array.isArray(v) || !Object.values(v).every(x => typeof x === 'string')) return undefined
    return Object.entries(v).map(([name, value]) => `${name}=${value as string}`)
  },
})

/** Every setting, with its default and what it does: the whole schema. */
export const SETTINGS = {
  server: {
    host: text('127.0.0.1', 'Address to listen on; other than loopback is refused without authentication and TLS'),
    port: whole(4777, 0, 65535, 'Port; 0 takes a free one'),
    grpcPort: optionalWhole(0, 65535, 'Port of gRPC; 0 takes a free one, and without it there is no gRPC'),
    bodyLimit: whole(8 << 20, 1024, 1 << 30, 'Largest request body in bytes'),
    rowsLimit: whole(256 << 20, 1024, 2 ** 36, 'Largest body of entity rows for historical features, in bytes (Parquet, Arrow, CSV)'),
    requestTimeout: whole(30, 1, 3600, 'Seconds within which a request must have arrived'),
    stopTimeout: whole(10, 1, 600, 'Seconds that a stop waits for what is in flight'),
  },
  journal: {
    sync: oneOf(['group', 'off'], 'group', 'group: acknowledged means on disk; off: the operating system decides, and a power cut loses acknowledged rows'),
    segmentRows: whole(100_000, 100, 10_000_000, 'Rows after which a segment is sealed'),
    segmentSeconds: whole(60, 1, 86_400, 'Seconds after which a segment with rows is sealed'),
    pendingBytes: whole(64 << 20, 1 << 16, 2 ** 32, 'Bytes waiting for the disk beyond which requests are refused'),
  },
  features: {
    lateness: text('24h', 'How late an event may be, or a prediction may look back, and still be exact online'),
    state: oneOf(['sqlite', 'redis', 'postgres'], 'sqlite', 'Where online state is kept: sqlite in HOME/state, or the server of features.stateUrl'),
    stateUrl: secret('Address of that server: redis://… or rediss://…, postgres://…; it may hold a password and is never shown'),
  },
  production: {
    models: pairs('Model files that are served: {"NAME": "FILE"}, or as text NAME=FILE,NAME=FILE; a path in the configuration file is relative to the home'),
    modelMemory: whole(1 << 30, 1 << 20, 2 ** 40, 'Bytes that models may hold in memory, about; the least recently used make room, and are loaded again on use'),
    warmUp: whole(250, 0, 600_000, 'Milliseconds that a start waits for models to be loaded and warmed up; the rest goes on after it is ready'),
  },
  ledger: {
    checkpoints: text('', 'Folder that gets a copy of every checkpoint; empty for HOME/checkpoints'),
    origin: text('slipway', 'Name of this log in its checkpoints'),
  },
  engine: { memory: text('2GB', 'Memory limit of the analytical engine'), threads: whole(2, 1, 256, 'Threads of the analytical engine') },
  log: { level: oneOf(['debug', 'info', 'warn', 'error', 'silent'], 'info', 'Lowest level that is written') },
} as const

type SectionValues<S> = { [K in keyof S]: S[K] extends Setting<infer T> ? T : never }
export type Config = { [S in keyof typeof SETTINGS]: SectionValues<(typeof SETTINGS)[S]> }

/** Where a value came from, for `slipway config explain`; a secret's value is not told. */
export interface Origin { path: string; value: unknown; from: 'default' | 'file' | 'environment' | 'flag'; describe: string }

export type ConfigInput = Record<string, Record<string, unknown>>

/**
 * Merges defaults, file, environment and flags.
 * @throws SlipwayError `invalid_config` with one fault for each unknown name and each bad value.
 */
export function resolveConfig(sources: { file?: unknown; env?: Record<string, string | undefined>; flags?: ConfigInput } = {}): { config: Config; origins: Origin[] } {
  const faults: Fault[] = []
  const layers: [Origin['from'], ConfigInput][] = [['file', asInput(sources.file, faults)], ['environment', fromEnv(sources.env ?? {}, faults)], ['flag', sources.flags ?? {}]]
  const config: Record<string, Record<string, unknown>> = {}
  const origins: Origin[] = []
  for (const [section, settings] of Object.entries(SETTINGS)) {
    config[section] = {}
    for (const [key, setting] of Object.entries(settings) as [string, Setting<unknown>][]) {
      let value: unknown = setting.default
      let from: Origin['from'] = 'default'
      for (const [name, layer] of layers) {
        const raw = layer[section]?.[key]
        if (raw === undefined) continue
        const parsed = setting.parse(raw)
        if (parsed === undefined) faults.push({ path: `${section}.${key}`, message: `${setting.secret ? 'the value' : JSON.stringify(raw)} (from ${name}) is not valid: ${setting.describe}` })
        else { value = parsed; from = name }
      }
      config[section][key] = value
      origins.push({ path: `${section}.${key}`, value: setting.secret && value !== '' ? '(set, not shown)' : value, from, describe: setting.describe })
    }
  }
  for (const [name, layer] of layers) for (const [section, keys] of Object.entries(layer)) {
    const known = (SETTINGS as Record<string, object>)[section]
    if (known === undefined) { faults.push({ path: section, message: `is no section (from ${name}); there are ${Object.keys(SETTINGS).join(', ')}` }); continue }
    for (const key of Object.keys(keys)) if (!(key in known)) faults.push({ path: `${section}.${key}`, message: `is no setting (from ${name}); there are ${Object.keys(known).join(', ')}` })
  }
  faults.push(...checkState((config as unknown as Config).features))
  if (faults.length > 0) throw new SlipwayError('invalid_config', `The configuration has ${faults.length} fault${faults.length > 1 ? 's' : ''}: ${faults.map(f => `${f.path} ${f.message}`).join('; ')}`, { faults })
  return { config: config as unknown as Config, origins }
}

const STATE_URLS = { sqlite: null, redis: /^rediss?:\/\/[^/]/, postgres: /^postgres(ql)?:\/\/[^/]/ }

/** Kind and address of where online state is kept go together. */
function checkState({ state, stateUrl }: Config['features']): Fault[] {
  const path = 'features.stateUrl'
  const form = STATE_URLS[state]
  if (form === null) return stateUrl === '' ? [] : [{ path, message: "is set, and features.state is sqlite: say which server it is with features.state ('redis' or 'postgres')" }]
  if (stateUrl === '') return [{ path, message: `is missing: features.state is ${state}, and needs the address of the server` }]
  return form.test(stateUrl) && URL.canParse(stateUrl) ? [] : [{ path, message: `is no address of ${state}: it must be like ${state === 'redis' ? 'redis://user:password@host:6379/0 (rediss:// with TLS)' : 'postgres://user:password@host:5432/database'}` }]
}

function asInput(file: unknown, faults: Fault[]): ConfigInput {
  if (file === undefined || file === null) return {}
  const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)
  if (!isObject(file)) { faults.push({ path: '', message: 'the file must hold an object of sections' }); return {} }
  const out: ConfigInput = {}
  for (const [section, v] of Object.entries(file)) {
    if (isObject(v)) out[section] = v
    else faults.push({ path: section, message: 'must be an object of settings' })
  }
  return out
}

/** SLIPWAY_JOURNAL__SEGMENT_ROWS sets journal.segmentRows; names without a double underscore are not settings. */
function fromEnv(env: Record<string, string | undefined>, faults: Fault[]): ConfigInput {
  const out: ConfigInput = {}
  for (const [name, value] of Object.entries(env)) {
    const m = /^SLIPWAY_([A-Z]+)__([A-Z_]+)$/.exec(name)
    if (!m || value === undefined) continue
    const section = m[1].toLowerCase()
    const known = (SETTINGS as Record<string, object>)[section]
    const key = Object.keys(known ?? {}).find(k => k.toLowerCase() === m[2].replaceAll('_', '').toLowerCase())
    if (key === undefined) faults.push({ path: name, message: 'names no setting' })
    else (out[section] ??= {})[key] = value
  }
  return out
}
