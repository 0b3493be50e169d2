import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['src/**/*.test.ts', 'test/integration/**/*.test.ts'],
    pool: 'forks', execArgv: ['--conditions=source'],
    testTimeout: 60_000, hookTimeout: 60_000, reporters: ['default'],
  },
})
