/** One measured figure. `value` is the median of `runs`. */
export interface BenchResult { name: string; value: number; unit: string; /** What it was measured against, or how. */ note: string; runs?: number[] }

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Runs `measure` so many times and keeps the median. */
export async function repeat(times: number, measure: () => Promise<number>): Promise<{ value: number; runs: number[] }> {
  const runs: number[] = []
  for (let i = 0; i < times; i++) runs.push(await measure())
  return { value: median(runs), runs }
}
