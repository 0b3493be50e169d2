// Parameters of XGBoost's files, which are text even where they are numbers.
import { readText, refuse } from '../reading.ts'

/** A whole number, as `"3"` or as a number. */
export function readParameter(value: unknown, path: string, min: number, max: number): number {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) refuse(path, `must be a whole number from ${min} to ${max}`)
  return number
}

/** `"[5E-1,1E0]"`, `"5E-1"` or a number: one base for each score, or one for all. */
export function readBases(value: unknown, path: string, width: number): number[] {
  const text = typeof value === 'number' ? String(value) : readText(value, path)
  const bases = text.replace(/^\[(.*)\]$/, '$1').split(',').map(item => {
    const number = Math.fround(item.trim() === '' ? Number.NaN : Number(item))
    if (!Number.isFinite(number)) refuse(path, 'must be finite numbers')
    return number
  })
  if (bases.length === 1) return new Array<number>(width).fill(bases[0])
  if (bases.length !== width) refuse(path, `must have ${width} numbers, and has ${bases.length}`)
  return bases
}
