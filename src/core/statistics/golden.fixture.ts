import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

/** Reference values of test/golden/<name>.json. */
export function readGolden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../test/golden/${name}.json`, import.meta.url), 'utf8')) as T
}

export function expectClose(actual: number, expected: number, relative = 1e-12, absolute = 0): void {
  expect(Math.abs(actual - expected), `${actual} is not ${expected}`).toBeLessThanOrEqual(Math.max(relative * Math.abs(expected), absolute))
}
