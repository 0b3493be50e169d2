import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['src/**/*.test.ts', 'test/integration/**/*.test.ts'],
    // Every core: the default leaves one free, which on two cores is half of them.
    pool: 'forks', maxWorkers: Math.min(8, availableParallelism()), execArgv: ['--conditions=source'],
    testTimeout: 60_000, hookTimeout: 60_000, reporters: ['default'],
  },
})
