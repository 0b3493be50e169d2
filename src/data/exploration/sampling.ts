import { createGenerator } from '../../core/statistics/generator.ts'

/** `wanted` numbers of 0 … total − 1, ascending, one at random out of each of as many equal stretches; all of them where there are no more. */
export function sampleEvenly(total: number, wanted: number, seed: number): Float64Array {
  if (total <= wanted) return Float64Array.from({ length: total }, (_, i) => i)
  const random = createGenerator(seed)
  return Float64Array.from({ length: wanted }, (_, i) => {
    const from = Math.floor(i * total / wanted)
    const to = Math.floor((i + 1) * total / wanted)
    return from + Math.floor(random() * (to - from))
  })
}
