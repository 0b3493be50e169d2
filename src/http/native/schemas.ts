// Pieces that several native routes share.
import { Type } from 'typebox'
import { coerceValue } from '../../core/schema.ts'
import type { Micros } from '../../core/time.ts'

export const Name = Type.String({ minLength: 1, maxLength: 200 })

/** ISO 8601 text, or whole microseconds since 1970. */
export const Time = Type.Union([Type.String({ maxLength: 64 }), Type.Integer()], { description: 'ISO 8601, or whole microseconds since 1970' })

/** In an address all is text. */
export const QueryTime = Type.String({ maxLength: 64, description: 'ISO 8601, or whole microseconds since 1970' })

export const DryRun = Type.Object({ dryRun: Type.Optional(Type.Boolean({ description: 'Say what would change, and change nothing' })) }, { additionalProperties: false })

/** Recorded with who reads. */
export const Purpose = Type.String({ maxLength: 1_000, description: 'What it is for, in a few words: recorded with who reads' })

export const Limit = Type.Integer({ minimum: 1, maximum: 1_000 })

export const NamedPath = Type.Object({ name: Name })

/** A time of a request. @throws SlipwayError `wrong_type`, naming `path`. */
export function readTime(value: string | number, path: string): Micros {
  return coerceValue(typeof value === 'string' && /^-?\d{6,}$/.test(value) ? Number(value) : value, 'timestamp', path) as Micros
}

export function readOptionalTime(value: string | number | undefined | null, path: string): Micros | undefined {
  return value === undefined || value === null ? undefined : readTime(value, path)
}
