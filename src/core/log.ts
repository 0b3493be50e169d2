// Structured logs: one JSON object a line on stderr, or short text on a terminal.
import { formatTime } from './time.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'
const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 }
const SECRET = /token|password|secret|authorization|cookie/i

export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
  child(fields: Record<string, unknown>): Log
}

/** Opens a log. Values under names such as `token` or `authorization` are written as `[redacted]`. */
export function openLog(options: { level?: LogLevel; write?: (line: string) => void; fields?: Record<string, unknown> } = {}): Log {
  const { level = 'info', write = line => { process.stderr.write(line) }, fields: base = {} } = options
  const at = (name: Exclude<LogLevel, 'silent'>) => (message: string, fields: Record<string, unknown> = {}): void => {
    if (RANK[name] < RANK[level]) return
    write(`${JSON.stringify({ time: formatTime(Date.now() * 1_000), level: name, message, ...base, ...fields }, redact)}\n`)
  }
  return {
    debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'),
    child: fields => openLog({ level, write, fields: { ...base, ...fields } }),
  }
}

function redact(key: string, value: unknown): unknown {
  if (key !== '' && SECRET.test(key)) return '[redacted]'
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack, cause: value.cause }
  return typeof value === 'bigint' ? value.toString() : value
}
