import { ROLES, type Outcomes } from '../core/ports/predictions.ts'

const SHADOW = ROLES.indexOf('shadow')

/** Places of predictions that were given as answers: all but those of a shadow. */
export function answered({ rows, role }: Outcomes): number[] {
  const places: number[] = []
  for (let i = 0; i < rows; i++) if (role[i] !== SHADOW) places.push(i)
  return places
}

/** Of these places, those that the model answered and whose truth has come. */
export function labelledRows({ label, output, fallback }: Outcomes, places: readonly number[]): number[] {
  return places.filter(i => fallback[i] === 0 && !Number.isNaN(label[i]) && !Number.isNaN(output[i]))
}

/** Outputs and labels of these places. */
export function pairs({ output, label }: Outcomes, places: readonly number[]): { scores: Float64Array; truth: Uint8Array } {
  return { scores: Float64Array.from(places, i => output[i]), truth: Uint8Array.from(places, i => label[i]) }
}
